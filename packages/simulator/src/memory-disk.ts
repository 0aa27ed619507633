import { EMPTY_VOTING_RECORD, type VotingRecord } from '@cairn/consensus';
import { consistencyProof, LogFrontier } from '@cairn/merkle';
import { assert, type Hash, type MemberIndex } from '@cairn/primitives';
import {
  type Batch,
  type BlockHeader,
  type CertifiedBlock,
  encodeHeader,
  encodeSnapshotChunk,
  encodeSnapshotOffer,
  encodeSyncFrame,
  type Genesis,
  genesisHeader,
  type StateSnapshot,
  type SyncRequest,
} from '@cairn/protocol';
import {
  type Commit,
  type JournalEntry,
  type PendingItem,
  type RestoredReplica,
  type SnapshotBase,
  snapshotOffer,
} from '@cairn/replica';

/**
 * A member's disk in memory: what was appended survives a crash, what was not is lost. Like the real one it writes one
 * transaction a turn, so a write that was torn leaves a tail without its end, which the next start throws away.
 */
export class MemoryDisk {
  readonly commits = new Map<number, Commit>();
  readonly batches = new Map<Hash, Batch>();
  /** The newest completed one and the one in the making. */
  readonly snapshots: StateSnapshot[] = [];
  readonly #self: MemberIndex;
  /** What it began with, instead of block 1. */
  #base: SnapshotBase | null = null;
  readonly #genesisHeader: BlockHeader;
  #frontier: LogFrontier;
  readonly #state = new Map<string, Uint8Array>();
  #voting: VotingRecord = EMPTY_VOTING_RECORD;
  readonly #items = new Map<Hash, PendingItem>();
  readonly #inChain = new Set<Hash>();
  #batchSeq = 0;
  #halted: string | null = null;
  #tipHeight = 0;
  #tail: readonly JournalEntry[] = [];

  constructor(genesis: Genesis, self: MemberIndex) {
    this.#self = self;
    this.#genesisHeader = genesisHeader(genesis);
    this.#frontier = LogFrontier.empty.append(encodeHeader(this.#genesisHeader));
  }

  get tipHeight(): number {
    return this.#tipHeight;
  }

  append(entries: readonly JournalEntry[]): void {
    assert(this.#tail.length === 0, 'nothing is written behind a torn write');
    for (const entry of entries) this.#appendOne(entry);
  }

  /** The power goes in the middle of a write: its end, which makes it count, is not on disk. */
  tear(entries: readonly JournalEntry[]): void {
    this.#tail = entries;
  }

  restore(): RestoredReplica {
    this.#tail = [];
    const tip = this.commits.get(this.#tipHeight) ?? this.#base ?? undefined;
    return {
      tip: tip === undefined ? null : { certified: tip.certified, blockHash: tip.blockHash },
      frontier: tip === undefined ? null : this.#frontier.toJSON(),
      ledgerEntries: [...this.#state].map(([key, value]) => ({ key, value })),
      snapshot: this.#snapshotMark(),
      voting: this.#voting,
      batches: [...this.batches.values()].filter(({ id }) => !this.#inChain.has(id)),
      items: [...this.#items.values()],
      nextBatchSeq: this.#batchSeq,
      halted: this.#halted,
    };
  }

  /** Begins an empty disk with a snapshot. */
  install(base: SnapshotBase): void {
    assert(this.#tipHeight === 0, 'an empty disk');
    const { header } = base.certified.block;
    this.#base = base;
    this.#tipHeight = header.height;
    this.#frontier = LogFrontier.restore(base.frontier).append(encodeHeader(header));
    for (const { key, value } of base.entries) this.#state.set(key, value);
    this.snapshots.push(base.snapshot);
  }

  /** What a member answers to a newcomer; one that began with a snapshot itself sends it to others. */
  answer(request: SyncRequest, epochBlocks: number): readonly Uint8Array[] {
    if (request.kind === 'snapshot-chunk') {
      const of = this.snapshots.find(({ manifest }) => manifest.height === request.height);
      const chunk = of?.chunks[request.index];
      return chunk === undefined ? [] : [encodeSyncFrame('snapshot-chunk', encodeSnapshotChunk(chunk))];
    }
    if (request.kind !== 'snapshot' || this.#base !== null) return [];
    const headers = [this.#genesisHeader, ...[...this.commits.values()].map(({ certified }) => certified.block.header)];
    const leaves = headers.map(encodeHeader);
    const source = {
      epochBlocks,
      tipHeight: this.#tipHeight,
      baseHeight: 0,
      snapshots: this.snapshots,
      header: (height: number) => headers[height] ?? null,
      note: (height: number) => this.commits.get(height)?.note ?? null,
      certifiedBlock: (height: number) => this.certified(height) ?? null,
      frontier: (size: number) =>
        leaves.slice(0, size).reduce((frontier, leaf) => frontier.append(leaf), LogFrontier.empty),
      consistency: ({ firstSize, secondSize }: { readonly firstSize: number; readonly secondSize: number }) =>
        consistencyProof(leaves.slice(0, secondSize), firstSize),
    };
    const offer = snapshotOffer(source, request.treeSize);
    return offer === null ? [] : [encodeSyncFrame('snapshot', encodeSnapshotOffer(offer))];
  }

  certified(height: number): CertifiedBlock | undefined {
    return this.commits.get(height)?.certified;
  }

  #snapshotMark(): RestoredReplica['snapshot'] {
    const newest = this.snapshots.at(-1);
    return newest === undefined ? null : { height: newest.manifest.height, root: newest.root };
  }

  #appendOne(entry: JournalEntry): void {
    switch (entry.kind) {
      case 'item':
        this.#items.set(entry.item.id, entry.item);
        return;
      case 'batch':
        this.batches.set(entry.batch.id, entry.batch);
        if (entry.batch.author === this.#self) this.#batchSeq = Math.max(this.#batchSeq, entry.batch.seq + 1);
        for (const id of entry.items) this.#items.delete(id);
        return;
      case 'batch-expired':
        for (const item of entry.items) this.#items.set(item.id, item);
        return;
      case 'entered':
        this.#voting = { ...this.#voting, entered: { view: entry.view, entry: entry.entry } };
        return;
      case 'proposed':
        assert(!this.#voting.proposed.some(({ view }) => view === entry.view), 'one proposal a view');
        this.#voting = { ...this.#voting, proposed: [...this.#voting.proposed, entry] };
        return;
      case 'prepared':
        assert((this.#voting.prepared?.view ?? -1) < entry.view, 'prepared views rise');
        this.#voting = { ...this.#voting, prepared: entry };
        return;
      case 'high-certificate':
        this.#voting = { ...this.#voting, highCertificate: entry.certificate };
        return;
      case 'timed-out':
        this.#voting = { ...this.#voting, timedOut: { view: entry.view, vote: entry.vote } };
        return;
      case 'certified':
        return this.#appendCommit(entry.commit);
      case 'halted':
        this.#halted = entry.reason;
        return;
    }
  }

  #appendCommit(commit: Commit): void {
    assert(commit.height === this.#tipHeight + 1, 'heights are consecutive');
    this.#tipHeight = commit.height;
    // Chunks are kept of the last two snapshots only.
    this.commits.set(commit.height, { ...commit, snapshot: null });
    if (commit.snapshot !== null) this.snapshots.push(commit.snapshot);
    if (this.snapshots.length > 2) this.snapshots.shift();
    this.#frontier = this.#frontier.append(encodeHeader(commit.certified.block.header));
    for (const { key, value } of commit.writes) {
      if (value === null) this.#state.delete(key);
      else this.#state.set(key, value);
    }
    for (const { id } of commit.batches) this.#inChain.add(id);
    this.#voting = EMPTY_VOTING_RECORD;
  }
}
