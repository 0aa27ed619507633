import type { FrontierData } from '@cairn/merkle';
import type { Hash } from '@cairn/primitives';
import { type CertifiedBlock, type Checkpoint, decodeCheckpointNote } from '@cairn/protocol';
import type { Commit, SnapshotMark } from '@cairn/replica';
import { type AnchorRow, AnchorTable } from './anchor-table.ts';
import type { Attestations } from './attestations.ts';
import type { ChainProofs } from './chain-proofs.ts';
import { type ChainReads, newestSnapshot } from './chain-reads.ts';
import { ChainStore, type ChainStoreOptions } from './chain-store.ts';
import { checkRead, decodeRead } from './checked-blob.ts';
import type { PruneOptions, PruneResult } from './node-store-port.ts';

/** What a restarted aggregator goes on from; null before block 1. */
export interface RestoredArchive {
  readonly tip: { readonly certified: CertifiedBlock; readonly blockHash: Hash } | null;
  readonly frontier: FrontierData | null;
  /** Walked once, before the next append. */
  readonly ledgerEntries: Iterable<{ readonly key: string; readonly value: Uint8Array }>;
  /** The newest that was taken. */
  readonly snapshot: SnapshotMark | null;
}

/** An accepted report with its place in the chain. */
export interface ArchivedReport {
  readonly height: number;
  /** Leaf of the block's reports tree. */
  readonly reportIndex: number;
  readonly batchId: Hash;
  readonly item: number;
  readonly bytes: Uint8Array;
}

export interface ArchivedCheckpoint extends Checkpoint {
  readonly note: string;
}

/** The aggregator's disk: every certified block that it verified, and the anchors that it made. Synchronous. */
export class Archive<Anchor extends AnchorRow = AnchorRow> {
  readonly chain: ChainReads;
  readonly proofs: ChainProofs;
  /** With anchors, once there are some. */
  readonly attestations: Attestations;
  readonly anchors: AnchorTable<Anchor>;
  readonly #store: ChainStore;

  /**
   * Opens the archive of this network in `dataDir`, or makes it.
   * @throws STORAGE_LOCKED, STORAGE_NETWORK_MISMATCH, STORAGE_ROLE_MISMATCH, STORAGE_VERSION_UNKNOWN,
   * STORAGE_DATA_MISSING, STORAGE_CORRUPT, STORAGE_DISK_FULL, STORAGE_IO_INVALID
   */
  static open<Anchor extends AnchorRow = AnchorRow>(options: ChainStoreOptions): Archive<Anchor> {
    return new Archive<Anchor>(options);
  }

  private constructor(options: ChainStoreOptions) {
    this.#store = new ChainStore('archive', options);
    this.chain = this.#store.chain;
    this.proofs = this.#store.proofs;
    this.anchors = new AnchorTable<Anchor>({ database: this.#store.database });
    this.attestations = this.#store.attestations((height) => this.anchors.covering(height));
  }

  /**
   * Adds consecutive blocks, all or none, durable on return.
   * @throws STORAGE_HEIGHT_INVALID, STORAGE_COMMIT_INVALID, STORAGE_DISK_FULL, STORAGE_IO_INVALID
   */
  append(commits: readonly Commit[]): void {
    if (commits.length === 0) return;
    this.#store.transaction(() => {
      for (const commit of commits) this.#store.tables.append(commit);
    });
  }

  restore(): RestoredArchive {
    const { height, blockHash } = this.chain.tip();
    const certified = this.chain.certifiedBlock(height);
    return {
      tip: certified === null ? null : { certified, blockHash },
      frontier: certified === null ? null : this.chain.frontier(),
      ledgerEntries: this.chain.ledgerEntries(),
      snapshot: newestSnapshot(this.chain),
    };
  }

  /** @returns null unless the report was accepted and its block is kept whole. */
  report(id: Hash): ArchivedReport | null {
    const fate = this.chain.certifiedFate(id);
    if (fate === null || fate.reportIndex === null || fate.place === null) return null;
    const bytes = this.chain.itemBytes(id);
    checkRead(bytes !== null, `item ${id}`, 'presence');
    return { height: fate.height, reportIndex: fate.reportIndex, ...fate.place, bytes };
  }

  /** @param treeSize null for the latest. @returns null where no note is: at size 0 and 1, and beyond the tip. */
  checkpoint(treeSize: number | null): ArchivedCheckpoint | null {
    const height = treeSize === null ? this.chain.tip().height : treeSize - 1;
    const note = this.chain.note(height);
    if (note === null) return null;
    const { checkpoint } = decodeRead(`note ${height}`, () => decodeCheckpointNote(note));
    return { ...checkpoint, note };
  }

  prune(options: PruneOptions): PruneResult {
    return this.#store.prune(options);
  }

  /** Reads every page: as slow as the disk is. @throws STORAGE_CORRUPT */
  checkIntegrity(): void {
    this.#store.checkIntegrity();
  }

  close(): void {
    this.#store.close();
  }
}
