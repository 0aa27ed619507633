import { sha256Hash } from '@cairn/crypto';
import { verifyInclusion } from '@cairn/merkle';
import { fromHex } from '@cairn/primitives';
import {
  type Attestation,
  type BlockHeader,
  type Checkpoint,
  type CheckpointNote,
  decodeCheckpointNote,
  decodeHeader,
  encodeFeedResult,
  RULES_VERSION,
  verifyCheckpointNote,
} from '@cairn/protocol';
import type { TrustRoot } from './trust-root.ts';
import { type Check, fails, guarded, holds, notChecked } from './verification-report.ts';

/** Is it of the trusted network at all? */
export function checkNetwork(attestation: Attestation, root: TrustRoot): Check {
  const { networkId, groupKey, networkName } = attestation;
  if (networkId !== root.networkId) {
    return fails('network', 'VERIFY_NETWORK_MISMATCH', `it is of network ${networkId}, not of ${root.networkId}`);
  }
  if (root.networkName !== undefined && networkName !== root.networkName) {
    return fails('network', 'VERIFY_NETWORK_MISMATCH', `the network is named ${root.networkName}, not ${networkName}`);
  }
  if (groupKey !== root.groupKey) {
    return fails('network', 'VERIFY_GROUP_KEY_MISMATCH', `it names group key ${groupKey}, not ${root.groupKey}`);
  }
  return holds('network', `network ${networkName} ${networkId}`);
}

/** Did the committee sign this checkpoint? @returns the checkpoint too, when it can be read. */
export function checkSignature(
  attestation: Attestation,
  root: TrustRoot,
): { readonly check: Check; readonly checkpoint?: Checkpoint } {
  let note: CheckpointNote;
  try {
    note = decodeCheckpointNote(attestation.checkpoint);
  } catch {
    return { check: fails('signature', 'VERIFY_CHECKPOINT_MALFORMED', 'no checkpoint note') };
  }
  const { checkpoint } = note;
  const { networkId, networkName, treeSize } = checkpoint;
  const check = guarded('signature', 'VERIFY_CHECKPOINT_MALFORMED', () => {
    if (networkId !== root.networkId || networkName !== attestation.networkName) {
      return fails('signature', 'VERIFY_CHECKPOINT_MISMATCH', `the checkpoint is of ${networkName} ${networkId}`);
    }
    if (!verifyCheckpointNote(note, root.groupKey)) {
      return fails('signature', 'VERIFY_SIGNATURE_INVALID', `the group ${root.groupKey} did not sign this checkpoint`);
    }
    return holds('signature', `checkpoint of ${treeSize} headers, signed by group ${root.groupKey}`);
  });
  return { check, checkpoint };
}

/** Is the header the last one under that checkpoint? @returns the header too, when it can be read. */
export function checkHeader(
  attestation: Attestation,
  root: TrustRoot,
  checkpoint: Checkpoint | undefined,
): { readonly check: Check; readonly header?: BlockHeader } {
  let header: BlockHeader;
  try {
    header = decodeHeader(attestation.header);
  } catch {
    return { check: fails('header', 'VERIFY_HEADER_MALFORMED', 'not in the fixed layout of a header') };
  }
  if (checkpoint === undefined) return { check: notChecked('header', 'the checkpoint cannot be read'), header };
  return { check: headerUnder(checkpoint, root, { header, bytes: attestation.header }), header };
}

function headerUnder(
  checkpoint: Checkpoint,
  root: TrustRoot,
  { header, bytes }: { readonly header: BlockHeader; readonly bytes: Uint8Array },
): Check {
  if (sha256Hash(bytes) !== checkpoint.headerHash) {
    return fails('header', 'VERIFY_HEADER_MISMATCH', 'its hash is not the one that the checkpoint names');
  }
  if (header.height + 1 !== checkpoint.treeSize) {
    return fails('header', 'VERIFY_HEADER_MISMATCH', `height ${header.height} in a log of ${checkpoint.treeSize}`);
  }
  if (header.networkId !== root.networkId) {
    return fails('header', 'VERIFY_HEADER_MISMATCH', `it is of network ${header.networkId}`);
  }
  if (header.version < 1 || header.version > RULES_VERSION) {
    return fails(
      'header',
      'VERIFY_RULES_UNKNOWN',
      `rules version ${header.version}; this build knows ${RULES_VERSION}`,
    );
  }
  return holds('header', `height ${header.height}, ${new Date(header.time).toISOString()}`);
}

/** Is the subject under the header's root? Leaves: the result's canonical bytes; the report's 32-byte id. */
export function checkInclusion(attestation: Attestation, header: BlockHeader): Check {
  return guarded('inclusion', 'VERIFY_INCLUSION_INVALID', () => {
    const { subject, inclusion } = attestation;
    const isResult = subject.kind === 'result';
    const leaf = isResult ? encodeFeedResult(subject.result) : fromHex(sha256Hash(subject.report));
    const root = isResult ? header.resultsRoot : header.reportsRoot;
    const { index, size, path } = inclusion;
    const place = `under the header's ${isResult ? 'resultsRoot' : 'reportsRoot'}`;
    // Index and size only steer the walk: an RFC 9162 root fixes its leaves but names no size, so neither is reported.
    return verifyInclusion({ leaf, index, size, proof: path, root })
      ? holds('inclusion', `the ${subject.kind} stands ${place}`)
      : fails('inclusion', 'VERIFY_INCLUSION_INVALID', `the proof does not lead to a root ${place}`);
  });
}
