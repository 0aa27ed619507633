import { concatBytes, fromHex, type Hash, type NetworkId, utf8 } from '@cairn/primitives';
import { type Codec, toBytesAfter } from './codec.ts';

/** The closed list of what is signed with an identity, device or registrar key (protocol section 2). */
export const SIGNING_KINDS = [
  'batch',
  'device-report',
  'dkg-message',
  'dkg-transcript',
  'nonce-commitment',
  'nonce-refusal',
  'prepare-vote',
  'proposal',
  'registration',
  'revocation',
  'sign-request',
  'signature-share',
  'timeout-vote',
] as const;
export type SigningKind = (typeof SIGNING_KINDS)[number];

const NETWORKS_MAX = 8;
const prefixes = new Map<Hash, Map<SigningKind, Uint8Array>>();

/**
 * "cairn/" || kind || "/v1" || networkId: what precedes every signed body.
 * @param networkId the ceremony id stands for it before the network exists.
 */
export function signingPrefix(kind: SigningKind, networkId: Hash): Uint8Array {
  let ofNetwork = prefixes.get(networkId);
  if (ofNetwork === undefined) {
    // One process speaks for one network and perhaps its rehearsal: the cache stays tiny, but is bounded all the same.
    if (prefixes.size >= NETWORKS_MAX) prefixes.clear();
    ofNetwork = new Map();
    prefixes.set(networkId, ofNetwork);
  }
  let prefix = ofNetwork.get(kind);
  if (prefix === undefined) {
    prefix = concatBytes(utf8(`cairn/${kind}/v1`), fromHex(networkId, 32));
    ofNetwork.set(kind, prefix);
  }
  return prefix;
}

/** @returns what gives the bytes that a signature of `kind` covers, of a network and of the value that is signed. */
export function signingBytesOf<T>(kind: SigningKind, body: Codec<T>): (networkId: NetworkId, value: T) => Uint8Array {
  return (networkId, value) => toBytesAfter(signingPrefix(kind, networkId), body, value);
}

/** The bytes that a signature of `kind` covers. */
export function signingBytes(kind: SigningKind, networkId: Hash, body: Uint8Array): Uint8Array {
  return concatBytes(signingPrefix(kind, networkId), body);
}
