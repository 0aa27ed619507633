import { encodeAgreementMessage } from '@cairn/protocol';
import type { Commit } from '@cairn/replica';

const certifiedBytes = new WeakMap<Commit, Uint8Array>();

/** Encoded once, however many ask for it. */
export function certifiedBytesOf(commit: Commit): Uint8Array {
  let bytes = certifiedBytes.get(commit);
  if (bytes === undefined) {
    bytes = encodeAgreementMessage({ kind: 'certified-block', certified: commit.certified });
    certifiedBytes.set(commit, bytes);
  }
  return bytes;
}
