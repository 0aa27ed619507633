import { availableParallelism } from 'node:os';

/** How certified blocks are fetched and verified. Times in milliseconds. */
export interface FollowerOptions {
  /** Sources asked at the same time at the tip; while far behind only one is. */
  readonly slots: number;
  /** How long a source may wait with its answer for the next block. */
  readonly waitMs: number;
  /** Besides the wait. */
  readonly answerTimeoutMs: number;
  readonly blocksPerAnswer: number;
  readonly bytesPerAnswer: number;
  readonly backoffMsMin: number;
  readonly backoffMsMax: number;
  /** A source that served something invalid is left alone for this long, twice as long each time. */
  readonly lieBackoffMsMin: number;
  readonly lieBackoffMsMax: number;
  /** Empty answers come no quicker than this. */
  readonly emptyMsMin: number;
  readonly archiveRetryMs: number;
  /** Threads that check signatures. */
  readonly verifyThreads: number;
}

export const defaultFollowerOptions: FollowerOptions = {
  slots: 2,
  waitMs: 10_000,
  answerTimeoutMs: 20_000,
  blocksPerAnswer: 64,
  bytesPerAnswer: 4 * 1024 * 1024,
  backoffMsMin: 250,
  backoffMsMax: 15_000,
  lieBackoffMsMin: 30_000,
  lieBackoffMsMax: 600_000,
  emptyMsMin: 200,
  archiveRetryMs: 1000,
  verifyThreads: Math.max(1, Math.min(4, availableParallelism() - 1)),
};

export const SOURCES_MAX = 64;
