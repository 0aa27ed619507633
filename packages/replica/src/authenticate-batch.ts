import { type Authenticated, CairnError, type Hash } from '@cairn/primitives';
import {
  type Batch,
  type BatchItem,
  batchSigningBytes,
  decodeBatch,
  decodeEvidence,
  epochOfHeight,
  type InvalidBatchEvidence,
  itemPathOf,
  itemsRootOf,
  SHOWN_ITEM_BYTES_MAX,
} from '@cairn/protocol';
import { type EvidenceDoor, evidenceFault } from './check-evidence.ts';
import { signedItemFault } from './signed-item-fault.ts';

/** With the committee of the epoch that the batch names. */
export type BatchDoor = EvidenceDoor;

export type BatchResult =
  | { readonly ok: true; readonly batch: Authenticated<Batch> }
  /** With evidence where the author signed what no honest member packs; else anyone may have made the bytes. */
  | { readonly ok: false; readonly fault: string; readonly evidence: Authenticated<InvalidBatchEvidence> | null };

/**
 * Decides whether a batch is valid. That depends on its bytes and the committee of the epoch that it names, and on
 * nothing else: no clock, no configuration, no order of arrival (protocol section 4). Never throws.
 */
export function authenticateBatch(bytes: Uint8Array, door: BatchDoor): BatchResult {
  const refused = (fault: string): BatchResult => ({ ok: false, fault, evidence: null });
  let batch: Batch;
  try {
    batch = decodeBatch(bytes);
  } catch (error) {
    if (error instanceof CairnError) return refused(`${error.code}: ${error.message}`);
    throw error;
  }
  if (batch.networkId !== door.networkId) return refused('of another network');
  const author = door.committee.members[batch.author];
  if (author === undefined) return refused('its author is not a member');
  if (!door.verify(author.identityKey, batchSigningBytes(door.networkId, batch), batch.signature)) {
    return refused('the signature of its author does not verify');
  }
  if (batch.epoch !== epochOfHeight(batch.baseHeight + 1, door.epochBlocks)) {
    return { ok: false, fault: 'not of the epoch of its base height', evidence: evidenceOf(batch, 0, door) };
  }
  for (const [index, item] of batch.items.entries()) {
    const fault = codedFault(item, door, batch.itemIds[index]);
    if (fault !== null) return { ok: false, fault, evidence: evidenceOf(batch, index, door) };
  }
  return { ok: true, batch: batch as unknown as Authenticated<Batch> };
}

function codedFault(item: BatchItem, door: BatchDoor, id?: Hash): string | null {
  try {
    return itemFault(item, door, id);
  } catch (error) {
    if (error instanceof CairnError) return `${error.code}: ${error.message}`;
    throw error;
  }
}

/** @returns null when nobody would convict: an item that is too large to show, or false evidence of an invalid batch. */
function evidenceOf(batch: Batch, index: number, door: BatchDoor): Authenticated<InvalidBatchEvidence> | null {
  const { epoch, author: member, seq, baseHeight, items, itemIds, signature } = batch;
  const item = items[index] as BatchItem;
  if (item.bytes.length > SHOWN_ITEM_BYTES_MAX) return null;
  const evidence: InvalidBatchEvidence = {
    kind: 'invalid-batch',
    epoch,
    member,
    seq,
    baseHeight,
    itemCount: items.length,
    itemsRoot: itemsRootOf(items, itemIds),
    index,
    // A copy: the batch's bytes are not kept for one item.
    item: { kind: item.kind, bytes: item.bytes.slice() },
    path: itemPathOf(items, itemIds, index),
    signature,
  };
  return evidenceFault(evidence, door) === null ? (evidence as Authenticated<InvalidBatchEvidence>) : null;
}

/**
 * Whether an item may stand in a batch: its bytes decode, and its signature verifies. Also asked at intake.
 * @returns null, or the broken rule. @throws PROTOCOL_* when it cannot be decoded.
 */
export function itemFault(item: BatchItem, door: BatchDoor, id?: Hash): string | null {
  // Evidence that does not convict is a slander, and the author's fault.
  return item.kind === 'evidence' ? evidenceFault(decodeEvidence(item.bytes), door) : signedItemFault(item, door, id);
}
