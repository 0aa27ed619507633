import type { CompletedNode, LogFrontier } from '@cairn/merkle';
import { CairnError, type Hash, type NetworkId } from '@cairn/primitives';
import { decodeCheckpointNote, encodeHeader, headerHash, RECEIPT_CODES } from '@cairn/protocol';
import type { Commit } from '@cairn/replica';
import type { ChainTip } from './chain-reads.ts';

/** What a commit has to follow. */
export interface CommitContext {
  readonly networkId: NetworkId;
  readonly tip: ChainTip;
  readonly frontier: LogFrontier;
}

export interface CheckedCommit {
  readonly headerBytes: Uint8Array;
  readonly frontier: LogFrontier;
  readonly completed: readonly CompletedNode[];
}

/**
 * Checks before it is written that a commit follows the tip and that its parts are of one block. Signatures and
 * execution were checked by whoever made it; this is the second path.
 * @throws STORAGE_HEIGHT_INVALID, STORAGE_COMMIT_INVALID
 */
export function checkCommit(commit: Commit, context: CommitContext): CheckedCommit {
  const { block, groupSignature } = commit.certified;
  const { header } = block;
  const { tip } = context;
  if (commit.height !== tip.height + 1) {
    throw new CairnError('STORAGE_HEIGHT_INVALID', `height ${commit.height} does not follow ${tip.height}`, {
      height: commit.height,
      tip: tip.height,
    });
  }
  must(header.height === commit.height, 'height', commit);
  must(header.networkId === context.networkId, 'network', commit);
  must(header.parentHash === tip.blockHash, 'parent', commit);
  must(headerHash(header) === commit.blockHash, 'hash', commit);
  must(commit.certified.certificate.blockHash === commit.blockHash, 'certificate', commit);
  const sameBatches =
    commit.batches.length === block.batchIds.length && commit.batches.every((each, i) => each.id === block.batchIds[i]);
  must(sameBatches, 'batches', commit);
  must(commit.receipts.length >= itemCount(commit), 'receipts', commit);

  const headerBytes = encodeHeader(header);
  const { frontier, completed } = context.frontier.appendTracked(headerBytes);
  must(frontier.root() === commit.logRoot, 'log root', commit);
  const note = decodeCheckpointNote(commit.note);
  const noteFits =
    note.checkpoint.treeSize === commit.height + 1 &&
    note.checkpoint.root === commit.logRoot &&
    note.checkpoint.headerHash === commit.blockHash &&
    note.groupSignature === groupSignature;
  must(noteFits, 'note', commit);
  return { headerBytes, frontier, completed };
}

/** Fate of one item, as a commit tells it. */
export interface CommitFate {
  readonly id: Hash;
  /** Position in RECEIPT_CODES; 0 is `accepted`. */
  readonly code: number;
  readonly reportIndex: number | null;
  /** Position of the batch in the block, and of the item in the batch; null for a receipt of no item of this block. */
  readonly place: { readonly batch: number; readonly item: number } | null;
}

/** "receiptsRoot (one leaf per item: id, code)", in (batch, item) order (protocol section 6). */
export function* fatesOf(commit: Commit): Generator<CommitFate> {
  const reportIndexes = new Map(commit.acceptedReports.map((id, index) => [id, index]));
  let [batch, item] = [0, 0];
  for (const { id, code } of commit.receipts) {
    while (batch < commit.batches.length && item === commit.batches[batch]?.items.length)
      [batch, item] = [batch + 1, 0];
    const place = batch < commit.batches.length ? { batch, item } : null;
    item += 1;
    const reportIndex = code === 'accepted' ? (reportIndexes.get(id) ?? null) : null;
    yield { id, code: RECEIPT_CODES.indexOf(code), reportIndex, place };
  }
}

function itemCount(commit: Commit): number {
  return commit.batches.reduce((sum, batch) => sum + batch.items.length, 0);
}

function must(condition: boolean, part: string, commit: Commit): void {
  if (condition) return;
  const { height, blockHash } = commit;
  throw new CairnError('STORAGE_COMMIT_INVALID', `${part} does not fit block ${height}`, { part, height, blockHash });
}
