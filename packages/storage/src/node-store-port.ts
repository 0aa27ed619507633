import type { Hash } from '@cairn/primitives';
import type { Block } from '@cairn/protocol';
import type { JournalEntry, RestoredReplica } from '@cairn/replica';
import type { Attestations } from './attestations.ts';
import type { ChainProofs } from './chain-proofs.ts';
import type { CertifiedFate, ChainReads } from './chain-reads.ts';

/** What this member knows of an item: with it and not yet packed, in one of its own batches, or in the chain. */
export type ItemFate =
  | { readonly kind: 'pending' }
  | { readonly kind: 'in-batch'; readonly batchId: Hash }
  | CertifiedFate;

/** What a member's host needs of its disk. NodeStore is the real one; `@cairn/storage/testing` has the double. */
export interface NodeStorePort {
  /**
   * Applies entries in order, all or none, durable on return. Entries of several steps may be given at once.
   * @throws STORAGE_DISK_FULL (may be tried again), STORAGE_IO_INVALID (must be opened again),
   * STORAGE_EQUIVOCATION_INVALID, STORAGE_HEIGHT_INVALID, STORAGE_COMMIT_INVALID
   */
  append(entries: readonly JournalEntry[]): void;
  /** The iterable of ledger entries is walked once, before the next append. @throws STORAGE_CORRUPT */
  restore(): RestoredReplica;
  readonly chain: ChainReads;
  readonly proofs: ChainProofs;
  /** Without anchors: a member does not follow any other chain. */
  readonly attestations: Attestations;
  /** A block that was proposed or prepared here and is not certified. */
  candidate(hash: Hash): Block | null;
  fate(id: Hash): ItemFate | null;
  prune(options: PruneOptions): PruneResult;
  close(): void;
}

/** Members keep blocks for at least R epochs and until the epoch's last block is anchored (4): the caller sees to it. */
export interface PruneOptions {
  /** Blocks below it lose their body, batches, receipts and fates; header, note, log and results stay. */
  readonly keepFromHeight: number;
  /** At most so many blocks at once, oldest first: the call holds up appends. */
  readonly blocksMax: number;
}

export interface PruneResult {
  readonly blocks: number;
  readonly prunedBelow: number;
}
