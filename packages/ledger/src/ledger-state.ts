import { compareText, type Hash, type PublicKey, quorumOf, type UnixMs, ZERO_HASH } from '@cairn/primitives';
import {
  BATCH_LIFETIME_HEIGHTS,
  BLOCK_BATCHES_MAX,
  type Codec,
  EVIDENCE_EPOCHS,
  epochOfHeight,
  type Genesis,
  hash,
  list,
  struct,
} from '@cairn/protocol';
import type { CountedVotes } from './counted-votes.ts';
import { type FeedState, newFeedState } from './feed-state.ts';
import { newRoster, type Roster } from './leader-roster.ts';
import type { StateMeta } from './state-entry.ts';

/**
 * The state after one block, in memory. `execute` only reads it; `commit` is the one mutation, and needs no more than
 * the block's changes. Everything in it can be had again from the writes (`restoreState`).
 */
export interface LedgerState extends StateMeta {
  readonly genesis: Genesis;
  height: number;
  time: UnixMs;
  stateHash: Hash;
  readonly feeds: ReadonlyMap<string, FeedState>;
  /** Time of the last block of each leader, by identity key: indexes change with the committee. */
  readonly leaders: Map<PublicKey, UnixMs>;
  /** Batches of each of the last BATCH_LIFETIME_HEIGHTS blocks that had any. */
  readonly batchesOf: Map<number, readonly Hash[]>;
  readonly counted: Set<Hash>;
  /** In how many feeds each device is registered, or revoked: an index over the feeds' registrations. */
  readonly deviceFeeds: Map<PublicKey, number>;
  /** Accepted evidence that has not expired: its epoch by slot. */
  readonly evidence: Map<string, number>;
  /** Of the last CREDIT_HEIGHTS heights whose certificate stands in a block. */
  readonly votes: Map<number, CountedVotes>;
  roster: Roster;
}

/** The state before block 1. */
export function genesisState(genesis: Genesis): LedgerState {
  return {
    genesis,
    height: 0,
    time: genesis.createdAt,
    stateHash: ZERO_HASH,
    feeds: new Map(genesis.feeds.map((feed) => [feed.id, newFeedState(feed)])),
    leaders: new Map(),
    batchesOf: new Map(),
    counted: new Set(),
    deviceFeeds: new Map(),
    evidence: new Map(),
    votes: new Map(),
    roster: newRoster(genesis.members.length),
  };
}

/** Keeps the index of devices: `change` is 1 where a feed got the device, -1 where it lost it. Mutates. */
export function countDeviceFeed(state: LedgerState, device: PublicKey, change: 1 | -1): void {
  const count = (state.deviceFeeds.get(device) ?? 0) + change;
  if (count > 0) state.deviceFeeds.set(device, count);
  else state.deviceFeeds.delete(device);
}

export const countedBatchesCodec: Codec<{ readonly ids: readonly Hash[] }> = struct({
  ids: list(hash, BLOCK_BATCHES_MAX, 1),
});

/** The height whose counted batches are forgotten by block `height`: from the next block on all of them are expired. */
export function forgottenBatchesHeight(height: number): number {
  return height + 1 - BATCH_LIFETIME_HEIGHTS;
}

/** Slots of evidence that block `height` forgets, in their order: it opens an epoch that is too late for them. */
export function expiredEvidence(state: LedgerState, height: number): readonly string[] {
  const epoch = epochOfHeight(height, state.genesis.parameters.epochBlocks);
  const isExpired = ([, of]: [string, number]) => of + EVIDENCE_EPOCHS < epoch;
  return [...state.evidence]
    .filter(isExpired)
    .map(([slot]) => slot)
    .sort(compareText);
}

/**
 * "A window closes in the first block [...] before which blocks of at least f + 1 distinct leaders have been certified
 * with times after the window's end" (protocol section 6).
 * @returns the largest t such that f + 1 leaders had blocks of time t or later; windows that ended before it may close.
 * -1: no window may.
 */
export function closableBefore(state: LedgerState): UnixMs {
  const times = Float64Array.from(state.leaders.values()).sort();
  const { oneHonest } = quorumOf(state.genesis.members.length);
  return times[times.length - oneHonest] ?? -1;
}
