import type { Hash, MemberIndex, UnixMs } from '@cairn/primitives';
import { BATCH_LIFETIME_HEIGHTS, BLOCK_BATCHES_MAX, BLOCK_ITEMS_MAX } from '@cairn/protocol';
import type { DecodedBatch } from './decoded-batch.ts';
import type { Turns } from './leader-roster.ts';
import type { LedgerState } from './ledger-state.ts';

/** A block as execution reads it. */
export interface BlockInput {
  readonly height: number;
  readonly time: UnixMs;
  /** First proposer. */
  readonly leader: MemberIndex;
  readonly epoch: number;
  /** Of the height before, from the parent's certificate; null in block 1. */
  readonly turns: Turns | null;
  /** In the block's order. */
  readonly batches: readonly DecodedBatch[];
}

export type BatchUse = 'ok' | 'counted' | 'expired' | 'too-early';

/** "A batch may stand in blocks of height base + 1 to base + 1,000 and counts once" (protocol section 4). */
export function isBatchUsable(
  state: LedgerState,
  batch: { readonly id: Hash; readonly baseHeight: number },
  height: number,
): BatchUse {
  if (height <= batch.baseHeight) return 'too-early';
  if (height > batch.baseHeight + BATCH_LIFETIME_HEIGHTS) return 'expired';
  return state.counted.has(batch.id) ? 'counted' : 'ok';
}

export type BlockInputProblem =
  | 'height-mismatch'
  | 'time-not-later'
  | 'leader-unknown'
  | 'batches-exceeded'
  | 'items-exceeded'
  | 'batch-repeated'
  | `batch-${Exclude<BatchUse, 'ok'>}`;

/**
 * Why the block cannot follow `state`: "a proposal that names it twice, or one already counted, or expired, is invalid".
 * @returns null when `execute` takes it; `execute` asserts that.
 */
export function blockInputProblem(state: LedgerState, input: BlockInput): BlockInputProblem | null {
  if (input.height !== state.height + 1) return 'height-mismatch';
  if (input.time <= state.time) return 'time-not-later';
  if (state.genesis.members[input.leader] === undefined) return 'leader-unknown';
  if (input.batches.length > BLOCK_BATCHES_MAX) return 'batches-exceeded';
  const seen = new Set<Hash>();
  let items = 0;
  for (const batch of input.batches) {
    if (seen.has(batch.id)) return 'batch-repeated';
    seen.add(batch.id);
    const use = isBatchUsable(state, batch, input.height);
    if (use !== 'ok') return `batch-${use}`;
    items += batch.items.length;
  }
  return items > BLOCK_ITEMS_MAX ? 'items-exceeded' : null;
}
