import { assertNever, type Hash, type MemberIndex } from '@cairn/primitives';
import type { Block } from '@cairn/protocol';
import type { JournalEntry, RestoredReplica, SnapshotBase } from '@cairn/replica';
import type { Attestations } from './attestations.ts';
import type { ChainProofs } from './chain-proofs.ts';
import { type ChainReads, newestSnapshot } from './chain-reads.ts';
import { ChainStore, type ChainStoreOptions } from './chain-store.ts';
import { IntakeTables } from './intake-tables.ts';
import { readMeta, writeMeta } from './meta-table.ts';
import type { ItemFate, NodeStorePort, PruneOptions, PruneResult } from './node-store-port.ts';
import { isVoteHeight } from './voting-rules.ts';
import { VotingTables } from './voting-tables.ts';

export interface NodeStoreOptions extends ChainStoreOptions {
  /** This member's index, by which it knows its own batches; null for a member of no committee. */
  readonly author: MemberIndex | null;
}

const ABSTAINS = 'abstains-up-to';

/** A member's disk: journal, chain, intake. Synchronous: it lives in a worker thread. One running instance a directory. */
export class NodeStore implements NodeStorePort {
  readonly chain: ChainReads;
  readonly proofs: ChainProofs;
  readonly attestations: Attestations;
  readonly #store: ChainStore;
  readonly #voting: VotingTables;
  readonly #intake: IntakeTables;

  /**
   * Opens the store of this network in `dataDir`, or makes it.
   * @throws STORAGE_LOCKED, STORAGE_NETWORK_MISMATCH, STORAGE_ROLE_MISMATCH, STORAGE_VERSION_UNKNOWN,
   * STORAGE_DATA_MISSING, STORAGE_CORRUPT, STORAGE_DISK_FULL, STORAGE_IO_INVALID
   */
  static open(options: NodeStoreOptions): NodeStore {
    return new NodeStore(options);
  }

  private constructor(options: NodeStoreOptions) {
    this.#store = new ChainStore('node', options);
    const { database, tables } = this.#store;
    this.#voting = new VotingTables({ database });
    this.#intake = new IntakeTables({ author: options.author }, { database, chain: tables });
    this.chain = this.#store.chain;
    this.proofs = this.#store.proofs;
    this.attestations = this.#store.attestations(() => null);
  }

  append(entries: readonly JournalEntry[]): void {
    if (entries.length === 0) return;
    this.#store.transaction(() => {
      let tipHeight = this.chain.tip().height;
      for (const entry of entries) {
        this.#apply(entry, tipHeight);
        if (entry.kind === 'certified') tipHeight = entry.commit.height;
      }
    });
  }

  restore(): RestoredReplica {
    const { height, blockHash } = this.chain.tip();
    const certified = this.chain.certifiedBlock(height);
    return {
      tip: certified === null ? null : { certified, blockHash },
      frontier: certified === null ? null : this.chain.frontier(),
      ledgerEntries: this.chain.ledgerEntries(),
      snapshot: newestSnapshot(this.chain),
      voting: this.#voting.restore(height + 1),
      batches: this.#intake.waitingBatches(),
      items: this.#intake.items(),
      nextBatchSeq: this.#intake.nextBatchSeq(),
      halted: readMeta(this.#store.database, 'halted') as string | null,
    };
  }

  /**
   * Begins the chain with a checked snapshot, all or nothing, durable on return.
   * @throws STORAGE_HEIGHT_INVALID unless the store is empty; STORAGE_COMMIT_INVALID, STORAGE_DISK_FULL, STORAGE_IO_INVALID
   */
  install(base: SnapshotBase): void {
    this.#store.transaction(() => this.#store.tables.install(base));
  }

  candidate(hash: Hash): Block | null {
    return this.#voting.candidate(hash);
  }

  fate(id: Hash): ItemFate | null {
    const certified = this.chain.certifiedFate(id);
    if (certified?.code === 'accepted') return certified;
    if (this.#intake.isPending(id)) return { kind: 'pending' };
    const batchId = this.#intake.batchOf(id);
    return batchId === null ? certified : { kind: 'in-batch', batchId };
  }

  /** Up to this height the member says nothing: its disk was put back from an image that is older than its votes. */
  abstainsUpTo(): number {
    return Number(readMeta(this.#store.database, ABSTAINS) ?? 0);
  }

  /** Durable on return. */
  abstainUpTo(height: number): void {
    this.#store.transaction(() => writeMeta(this.#store.database, ABSTAINS, height));
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

  #apply(entry: JournalEntry, tipHeight: number): void {
    switch (entry.kind) {
      case 'item':
        this.#intake.writeItem(entry.item);
        break;
      case 'batch':
        this.#intake.writeBatch(entry.batch, entry.items);
        break;
      case 'batch-expired':
        this.#intake.expireBatch(entry.batchId, entry.items);
        break;
      case 'entered':
      case 'proposed':
      case 'prepared':
      case 'high-certificate':
      case 'timed-out':
        if (isVoteHeight(entry, tipHeight)) this.#voting.write(entry);
        break;
      case 'certified':
        this.#store.tables.append(entry.commit);
        this.#voting.dropUpTo(entry.commit.height);
        this.#intake.dropExpired(entry.commit.height);
        break;
      case 'halted':
        writeMeta(this.#store.database, 'halted', entry.reason);
        break;
      default:
        assertNever(entry);
    }
  }
}
