import { verifyConsistency } from '@cairn/merkle';
import type { Hash } from '@cairn/primitives';
import { type CheckpointNote, decodeCheckpointNote, verifyCheckpointNote } from '@cairn/protocol';
import { type Trust, TrustRoot } from './trust-root.ts';
import { type Check, fails, holds, reportOf, type VerificationReport } from './verification-report.ts';

/**
 * Is a checkpoint note of the trusted network and signed by its group?
 * @returns checks `network` and `signature`; never throws for what the note holds.
 * @throws VERIFY_TRUST_INVALID, VERIFY_TRUST_MISMATCH
 */
export function verifyCheckpoint(note: string, trust: Trust | TrustRoot): VerificationReport {
  return reportOf(checksOf([parsed(note)], TrustRoot.of(trust)), ['network', 'signature']);
}

/**
 * Is the log of one signed checkpoint a prefix of another's: was nothing rewritten between them?
 * @param claim two notes in any order, and the RFC 9162 consistency proof from the smaller to the larger.
 * @returns checks `network`, `signature` and `consistency`; never throws for what the notes hold.
 * @throws VERIFY_TRUST_INVALID, VERIFY_TRUST_MISMATCH
 */
export function verifyConsistencyOf(
  claim: { readonly first: string; readonly second: string; readonly proof: readonly Hash[] },
  trust: Trust | TrustRoot,
): VerificationReport {
  const notes = [parsed(claim.first), parsed(claim.second)];
  const checks = [...checksOf(notes, TrustRoot.of(trust)), checkConsistency(notes, claim.proof)];
  return reportOf(checks, ['network', 'signature', 'consistency']);
}

function parsed(note: string): CheckpointNote | undefined {
  try {
    return decodeCheckpointNote(note);
  } catch {
    return undefined;
  }
}

function checksOf(notes: readonly (CheckpointNote | undefined)[], root: TrustRoot): Check[] {
  const known = notes.filter((note) => note !== undefined);
  const foreign = known.find(({ checkpoint }) => !isOfNetwork(checkpoint, root));
  const network = foreign
    ? fails('network', 'VERIFY_NETWORK_MISMATCH', `a checkpoint is of network ${foreign.checkpoint.networkId}`)
    : holds('network', `network ${root.networkId}`);
  if (known.length < notes.length) return [network, fails('signature', 'VERIFY_CHECKPOINT_MALFORMED', 'no checkpoint')];
  const isSigned = known.every((note) => verifyCheckpointNote(note, root.groupKey));
  const sizes = known.map(({ checkpoint }) => checkpoint.treeSize).join(' and ');
  const signature = isSigned
    ? holds('signature', `${sizes} headers, signed by group ${root.groupKey}`)
    : fails('signature', 'VERIFY_SIGNATURE_INVALID', `the group ${root.groupKey} did not sign`);
  return [network, signature];
}

function isOfNetwork(checkpoint: CheckpointNote['checkpoint'], root: TrustRoot): boolean {
  const isNamed = root.networkName === undefined || checkpoint.networkName === root.networkName;
  return checkpoint.networkId === root.networkId && isNamed;
}

function checkConsistency(notes: readonly (CheckpointNote | undefined)[], proof: readonly Hash[]): Check {
  const known = notes.flatMap((note) => (note === undefined ? [] : [note.checkpoint]));
  const [first, second] = known.sort((a, b) => a.treeSize - b.treeSize);
  if (first === undefined || second === undefined) {
    return fails('consistency', 'VERIFY_CONSISTENCY_INVALID', 'a checkpoint cannot be read');
  }
  const isConsistent = verifyConsistency({
    firstSize: first.treeSize,
    firstRoot: first.root,
    secondSize: second.treeSize,
    secondRoot: second.root,
    proof,
  });
  const what = `the log of ${first.treeSize} is a prefix of the log of ${second.treeSize}`;
  return isConsistent
    ? holds('consistency', what)
    : fails('consistency', 'VERIFY_CONSISTENCY_INVALID', `not shown: ${what}`);
}
