import type { VerifySignature } from '@cairn/consensus';
import { LogFrontier } from '@cairn/merkle';
import { CairnError, type Hash, type MemberIndex, quorumOf } from '@cairn/primitives';
import {
  type BatchItem,
  batchIdOf,
  batchSigningBytes,
  checkpointText,
  decodeEvidence,
  decodeHeader,
  type Evidence,
  encodeHeader,
  epochOfHeight,
  headerHash,
  type InvalidBatchEvidence,
  type InvalidShareEvidence,
  isItemOf,
  nonceCommitmentSigningBytes,
  prepareVoteSigningBytes,
  proposalSigningBytes,
  signatureShareSigningBytes,
  signRequestHash,
} from '@cairn/protocol';
import type { ThresholdScheme } from '@cairn/threshold';
import { type ItemDoor, signedItemFault } from './signed-item-fault.ts';

export interface EvidenceDoor extends ItemDoor {
  readonly networkName: string;
  readonly scheme: ThresholdScheme;
}

/**
 * Whether evidence convicts: messages signed by the accused that no honest member signs, whatever a leader, a crash or a
 * re-proposal does. Stands by itself: no chain is needed (protocol section 5.6).
 * @returns null when it convicts, else why not.
 */
export function evidenceFault(evidence: Evidence, door: EvidenceDoor): string | null {
  if (door.committee.members[evidence.member] === undefined) return 'the accused is not a member';
  switch (evidence.kind) {
    case 'double-proposal':
    case 'double-prepare': {
      if (evidence.epoch !== epochOfHeight(evidence.height, door.epochBlocks)) return 'not of the epoch of its height';
      const bytesOf = evidence.kind === 'double-proposal' ? proposalSigningBytes : prepareVoteSigningBytes;
      const { epoch, height, view } = evidence;
      return pairFault(evidence, door, (hash) => bytesOf(door.networkId, { epoch, height, view, blockHash: hash }));
    }
    case 'double-batch': {
      const { epoch, member: author, seq } = evidence;
      return pairFault(evidence, door, (id) => batchSigningBytes(door.networkId, { epoch, author, seq, id }));
    }
    case 'invalid-share':
      return shareFault(evidence, door);
    case 'invalid-batch':
      return batchFault(evidence, door);
  }
}

function pairFault(
  evidence: Exclude<Evidence, InvalidShareEvidence | InvalidBatchEvidence>,
  door: EvidenceDoor,
  bytesOf: (hash: Hash) => Uint8Array,
): string | null {
  const { first, second, member } = evidence;
  // One order only, so that the same pair is the same item. Different hashes: the same message twice is no fault.
  if (first.hash >= second.hash) return 'its hashes are not two different ones in ascending order';
  for (const { hash, signature } of [first, second]) {
    if (!isSignedBy(member, bytesOf(hash), signature, door)) return 'the accused did not sign both';
  }
  return null;
}

/** A batch is invalid by its bytes and its epoch's committee alone, so whoever holds the item judges as everybody does. */
function batchFault(evidence: InvalidBatchEvidence, door: EvidenceDoor): string | null {
  const { epoch, member: author, seq, baseHeight, itemCount, itemsRoot, item } = evidence;
  const { networkId } = door;
  const head = { networkId, epoch, author, seq, baseHeight, itemCount, itemsRoot };
  const signed = batchSigningBytes(networkId, { epoch, author, seq, id: batchIdOf(head) });
  if (!isSignedBy(author, signed, evidence.signature, door)) return 'the accused did not sign this batch';
  if (!isItemOf(head, evidence)) return 'the item is not in the batch';
  if (epoch !== epochOfHeight(baseHeight + 1, door.epochBlocks)) return null;
  return shownItemFault(item, door) === null ? 'the item is valid' : null;
}

/** What is wrong with an item that evidence shows. Evidence of an invalid batch within such evidence is not judged again. */
function shownItemFault(item: BatchItem, door: EvidenceDoor): string | null {
  try {
    if (item.kind !== 'evidence') return signedItemFault(item, door);
    const inner = decodeEvidence(item.bytes);
    return inner.kind === 'invalid-batch' ? null : evidenceFault(inner, door);
  } catch (error) {
    if (error instanceof CairnError) return `${error.code}: ${error.message}`;
    throw error;
  }
}

function shareFault(evidence: InvalidShareEvidence, door: EvidenceDoor): string | null {
  const { epoch, height, view, session, commitments, member, z } = evidence;
  const at = { epoch, height, view };
  const text = textOf(evidence, door);
  if (text.fault !== null) return text.fault;
  const request = { ...at, blockHash: text.blockHash, session, commitments };
  const shareBytes = signatureShareSigningBytes(door.networkId, {
    ...at,
    signRequestHash: signRequestHash(request),
    z,
  });
  if (!isSignedBy(member, shareBytes, evidence.signature, door)) return 'the accused did not sign this share';
  // All of its commitments carry their owners' signatures and include the accused's own.
  if (commitments.length !== quorumOf(door.committee.members.length).certified) return 'not exactly q commitments';
  if (!commitments.some((commitment) => commitment.member === member)) return 'the accused has no commitment in it';
  let previous = -1;
  for (const commitment of commitments) {
    const { hiding, binding } = commitment;
    const bytes = nonceCommitmentSigningBytes(door.networkId, { ...at, hiding, binding });
    if (commitment.member <= previous) return 'commitments not in index order';
    previous = commitment.member;
    if (!isSignedBy(commitment.member, bytes, commitment.signature, door))
      return 'a commitment is not signed by its owner';
    if (!door.scheme.isValidCommitment({ hiding, binding })) return 'a commitment that no honest signer accepts';
  }
  const signing = door.scheme.createSession({
    message: text.bytes,
    groupKey: door.committee.groupKey,
    commitments: commitments.map(({ member: index, hiding, binding }) => ({ index, hiding, binding })),
  });
  const share = door.committee.members[member]?.verificationShare;
  const isValid = share !== undefined && signing.verifyShare({ index: member, z }, share);
  return isValid ? 'the share is valid' : null;
}

/** The text that every honest signer of this block signs: from the header, and the frontier whose root it names. */
function textOf(
  evidence: InvalidShareEvidence,
  door: EvidenceDoor,
): { readonly fault: string } | { readonly fault: null; readonly bytes: Uint8Array; readonly blockHash: Hash } {
  try {
    const header = decodeHeader(evidence.header);
    const isSame =
      header.networkId === door.networkId && header.height === evidence.height && header.epoch === evidence.epoch;
    if (!isSame) return { fault: 'its header is of another height or network' };
    const before = LogFrontier.restore({ size: header.height, hashes: evidence.frontier });
    if (before.root() !== header.previousLogRoot) return { fault: 'its frontier is not the one that its header names' };
    const frontier = before.append(encodeHeader(header));
    const blockHash = headerHash(header);
    const { networkName, networkId } = door;
    const text = { networkName, networkId, treeSize: frontier.size, root: frontier.root(), headerHash: blockHash };
    return { fault: null, bytes: checkpointText(text), blockHash };
  } catch (error) {
    if (error instanceof CairnError) return { fault: `${error.code}: ${error.message}` };
    throw error;
  }
}

function isSignedBy(
  member: MemberIndex,
  bytes: Uint8Array,
  signature: Parameters<VerifySignature>[2],
  door: EvidenceDoor,
): boolean {
  const key = door.committee.members[member]?.identityKey;
  return key !== undefined && door.verify(key, bytes, signature);
}
