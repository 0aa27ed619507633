import { assertNever, CairnError, type Hash, type MemberIndex } from '@cairn/primitives';
import { BATCH_LIFETIME_HEIGHTS, type Batch, type Block, type Genesis, networkIdOf } from '@cairn/protocol';
import type { JournalEntry, PendingItem, RestoredReplica } from '@cairn/replica';
import { Attestations } from '../attestations.ts';
import { ChainProofs } from '../chain-proofs.ts';
import { type ChainReads, newestSnapshot } from '../chain-reads.ts';
import type { StorageErrorCode } from '../errors.ts';
import type { ItemFate, NodeStorePort, PruneOptions, PruneResult } from '../node-store-port.ts';
import { isVoteHeight } from '../voting-rules.ts';
import { MemoryChain } from './memory-chain.ts';
import { MemoryVoting } from './memory-voting.ts';
import { UndoLog } from './undo-log.ts';

export interface MemoryNodeStoreOptions {
  readonly genesis: Genesis;
  readonly author: MemberIndex | null;
}

/**
 * The simulator's disk: keeps what NodeStore keeps, as long as the object lives. A crash is to drop the replica and to
 * restore another from the same object; an append is either whole or not there, as on the real disk.
 */
export class MemoryNodeStore implements NodeStorePort {
  readonly chain: ChainReads;
  readonly proofs: ChainProofs;
  readonly attestations: Attestations;
  readonly #undo = new UndoLog();
  readonly #chain: MemoryChain;
  readonly #voting: MemoryVoting;
  readonly #author: MemberIndex | null;
  readonly #items = new Map<Hash, { readonly item: PendingItem; readonly arrival: number }>();
  #arrivals = 0;
  #nextBatchSeq = 0;
  #halted: string | null = null;
  #failure: StorageErrorCode | null = null;

  constructor(options: MemoryNodeStoreOptions) {
    const { genesis, author } = options;
    this.#author = author;
    this.#chain = new MemoryChain({ genesis }, { undo: this.#undo });
    this.#voting = new MemoryVoting({ undo: this.#undo });
    this.chain = this.#chain;
    this.proofs = new ChainProofs({ source: this.#chain });
    this.attestations = new Attestations(
      { ...genesis, networkId: networkIdOf(genesis) },
      { chain: this.#chain, proofs: this.proofs, anchorCovering: () => null },
    );
  }

  /** Every append from now on fails like this, and keeps nothing; null heals the disk. */
  fail(code: 'STORAGE_DISK_FULL' | 'STORAGE_IO_INVALID' | null): void {
    this.#failure = code;
  }

  append(entries: readonly JournalEntry[]): void {
    if (this.#failure !== null) throw new CairnError(this.#failure, 'the simulated disk fails');
    this.#undo.run(() => {
      for (const entry of entries) this.#apply(entry);
    });
  }

  restore(): RestoredReplica {
    const { height, blockHash } = this.chain.tip();
    const certified = this.chain.certifiedBlock(height);
    const waiting = [...this.#chain.waiting.values()].sort(byArrival);
    return {
      tip: certified === null ? null : { certified, blockHash },
      frontier: certified === null ? null : this.chain.frontier(),
      ledgerEntries: this.chain.ledgerEntries(),
      snapshot: newestSnapshot(this.chain),
      voting: this.#voting.restore(),
      batches: waiting.map(({ batch }) => batch),
      items: [...this.#items.values()].sort(byArrival).map(({ item }) => item),
      nextBatchSeq: this.#nextBatchSeq,
      halted: this.#halted,
    };
  }

  candidate(hash: Hash): Block | null {
    return this.#voting.candidate(hash);
  }

  fate(id: Hash): ItemFate | null {
    const certified = this.chain.certifiedFate(id);
    if (certified?.code === 'accepted') return certified;
    if (this.#items.has(id)) return { kind: 'pending' };
    for (const { batch, packed } of this.#chain.waiting.values()) {
      if (packed?.includes(id)) return { kind: 'in-batch', batchId: batch.id };
    }
    return certified;
  }

  prune(options: PruneOptions): PruneResult {
    return this.#chain.prune(options);
  }

  close(): void {}

  #apply(entry: JournalEntry): void {
    switch (entry.kind) {
      case 'item':
        this.#writeItem(entry.item);
        break;
      case 'batch':
        this.#writeBatch(entry.batch, entry.items);
        break;
      case 'batch-expired':
        this.#undo.delete(this.#chain.waiting, entry.batchId);
        for (const item of entry.items) this.#writeItem(item);
        break;
      case 'entered':
      case 'proposed':
      case 'prepared':
      case 'high-certificate':
      case 'timed-out':
        if (isVoteHeight(entry, this.chain.tip().height)) this.#voting.write(entry);
        break;
      case 'certified':
        this.#chain.append(entry.commit);
        this.#voting.dropAll();
        this.#dropExpired(entry.commit.height);
        break;
      case 'halted':
        this.#setHalted(entry.reason);
        break;
      default:
        assertNever(entry);
    }
  }

  #writeItem(item: PendingItem): void {
    if (!this.#items.has(item.id)) this.#undo.set(this.#items, item.id, { item, arrival: this.#arrivals++ });
  }

  #writeBatch(batch: Batch, items: readonly Hash[]): void {
    const known = this.#chain.waiting.get(batch.id);
    const packed = items.length > 0 ? items : (known?.packed ?? null);
    const arrival = known?.arrival ?? this.#arrivals++;
    if (!this.#chain.isIncluded(batch.id)) this.#undo.set(this.#chain.waiting, batch.id, { batch, packed, arrival });
    for (const id of items) this.#undo.delete(this.#items, id);
    if (batch.author !== this.#author && items.length === 0) return;
    const before = this.#nextBatchSeq;
    this.#undo.onUndo(() => {
      this.#nextBatchSeq = before;
    });
    this.#nextBatchSeq = Math.max(before, batch.seq + 1);
  }

  #dropExpired(tipHeight: number): void {
    for (const [id, { batch, packed }] of this.#chain.waiting) {
      const isExpired = batch.baseHeight + BATCH_LIFETIME_HEIGHTS <= tipHeight;
      if (packed === null && isExpired) this.#undo.delete(this.#chain.waiting, id);
    }
  }

  #setHalted(reason: string): void {
    const before = this.#halted;
    this.#undo.onUndo(() => {
      this.#halted = before;
    });
    this.#halted = reason;
  }
}

function byArrival(a: { readonly arrival: number }, b: { readonly arrival: number }): number {
  return a.arrival - b.arrival;
}
