import { type FrontierData, LogFrontier } from '@cairn/merkle';
import { assert, compareBytes, compareText, type Hash, utf8 } from '@cairn/primitives';
import type { SnapshotHead, StateSnapshot } from '@cairn/protocol';
import {
  type Batch,
  type BlockHeader,
  type CertifiedBlock,
  encodeCertifiedBlock,
  encodeHeader,
  encodeSnapshotChunk,
  type FeedResult,
  type Genesis,
  genesisHeader,
  headerHash,
  networkIdOf,
  RECEIPT_CODES,
  type Receipt,
  type ResultKey,
} from '@cairn/protocol';
import type { Commit } from '@cairn/replica';
import type {
  CertifiedFate,
  ChainReads,
  ChainTip,
  EncodedBlock,
  EvidenceQuery,
  FeedGroup,
  GroupQuery,
  HeightRange,
  ResultQuery,
  ResultSeries,
  StoredEvidence,
  StoredResult,
} from '../chain-reads.ts';
import { checkCommit, fatesOf } from '../check-commit.ts';
import { checkRead } from '../checked-blob.ts';
import { evidenceOfCommit } from '../evidence-of-commit.ts';
import type { PruneOptions, PruneResult } from '../node-store-port.ts';
import { SNAPSHOTS_KEPT } from '../snapshot-tables.ts';
import type { UndoLog } from './undo-log.ts';

/** A batch in no block yet; `packed` are the ids of the own items that it carries. */
export interface WaitingBatch {
  readonly batch: Batch;
  readonly packed: readonly Hash[] | null;
  /** Order of arrival: a map forgets it when a deletion is taken back. */
  readonly arrival: number;
}

/** The chain's tables as maps: what `ChainTables` is on SQLite. */
export class MemoryChain implements ChainReads {
  readonly waiting = new Map<Hash, WaitingBatch>();
  readonly #included = new Map<Hash, Batch>();
  readonly #undo: UndoLog;
  readonly #networkId: Hash;
  readonly #genesisHeader: BlockHeader;
  readonly #commits = new Map<number, Commit>();
  readonly #heights = new Map<Hash, number>();
  readonly #fates = new Map<Hash, CertifiedFate>();
  readonly #results = new Map<string, readonly StoredResult[]>();
  readonly #ledger = new Map<string, Uint8Array>();
  readonly #nodes = new Map<string, Hash>();
  #frontier: LogFrontier;
  #snapshots: readonly StateSnapshot[] = [];
  #prunedBelow = 0;

  constructor(options: { readonly genesis: Genesis }, dependencies: { readonly undo: UndoLog }) {
    this.#undo = dependencies.undo;
    this.#networkId = networkIdOf(options.genesis);
    this.#genesisHeader = genesisHeader(options.genesis);
    this.#heights.set(headerHash(this.#genesisHeader), 0);
    const { frontier, completed } = LogFrontier.empty.appendTracked(encodeHeader(this.#genesisHeader));
    this.#frontier = frontier;
    for (const node of completed) this.#nodes.set(`${node.level}/${node.index}`, node.hash);
  }

  isIncluded(batchId: Hash): boolean {
    return this.#included.has(batchId);
  }

  append(commit: Commit): void {
    const frontier = this.#frontier;
    const checked = checkCommit(commit, { networkId: this.#networkId, tip: this.tip(), frontier });
    const { height } = commit;
    this.#undo.set(this.#commits, height, commit);
    this.#undo.set(this.#heights, commit.blockHash, height);
    for (const node of checked.completed) this.#undo.set(this.#nodes, `${node.level}/${node.index}`, node.hash);
    for (const batch of commit.batches) {
      this.#undo.delete(this.waiting, batch.id);
      this.#undo.set(this.#included, batch.id, batch);
    }
    this.#writeFates(commit);
    commit.results.forEach((result, position) => {
      this.#writeResult({ height, position, result });
    });
    for (const { key, value } of commit.writes) {
      if (value === null) this.#undo.delete(this.#ledger, key);
      else this.#undo.set(this.#ledger, key, value);
    }
    this.#frontier = checked.frontier;
    const snapshots = this.#snapshots;
    if (commit.snapshot !== null) this.#snapshots = [commit.snapshot, ...snapshots].slice(0, SNAPSHOTS_KEPT);
    this.#undo.onUndo(() => {
      this.#frontier = frontier;
      this.#snapshots = snapshots;
    });
  }

  prune({ keepFromHeight, blocksMax }: PruneOptions): PruneResult {
    const from = Math.max(1, this.#prunedBelow);
    const until = Math.min(keepFromHeight, this.tip().height, from + blocksMax);
    for (let height = from; height < until; height++) {
      const commit = this.#commits.get(height) as Commit;
      for (const { id } of commit.receipts) if (this.#fates.get(id)?.height === height) this.#fates.delete(id);
      for (const { id } of commit.batches) this.#included.delete(id);
    }
    if (until > from) this.#prunedBelow = until;
    return { blocks: Math.max(0, until - from), prunedBelow: Math.max(from, until) };
  }

  tip(): ChainTip {
    const height = this.#commits.size;
    return { height, blockHash: this.#commits.get(height)?.blockHash ?? headerHash(this.#genesisHeader) };
  }

  frontier(): FrontierData {
    return this.#frontier.toJSON();
  }

  logNode(level: number, index: number): Hash {
    const hash = this.#nodes.get(`${level}/${index}`);
    checkRead(hash !== undefined, `log node ${level}/${index}`, 'presence');
    return hash;
  }

  header(height: number): BlockHeader | null {
    return height === 0 ? this.#genesisHeader : (this.#commits.get(height)?.certified.block.header ?? null);
  }

  headerBytes(height: number): Uint8Array | null {
    const header = this.header(height);
    return header === null ? null : encodeHeader(header);
  }

  note(height: number): string | null {
    return this.#commits.get(height)?.note ?? null;
  }

  heightOf(hash: Hash): number | null {
    return this.#heights.get(hash) ?? null;
  }

  certifiedBlock(height: number): CertifiedBlock | null {
    return this.#whole(height)?.certified ?? null;
  }

  certifiedRange(range: HeightRange): readonly EncodedBlock[] {
    const blocks: EncodedBlock[] = [];
    let bytesLeft = range.bytesMax;
    for (let height = range.fromHeight; height <= range.toHeight; height++) {
      const commit = this.#whole(height);
      if (commit === undefined) break;
      const batches = commit.batches.map((batch) => batch.bytes);
      const block = { height, certified: encodeCertifiedBlock(commit.certified), batches };
      bytesLeft -= block.certified.length + batches.reduce((sum, batch) => sum + batch.length, 0);
      if (bytesLeft < 0 && blocks.length > 0) break;
      blocks.push(block);
    }
    return blocks;
  }

  batch(id: Hash): Batch | null {
    return this.#included.get(id) ?? this.waiting.get(id)?.batch ?? null;
  }

  batchBytes(id: Hash): Uint8Array | null {
    return this.batch(id)?.bytes ?? null;
  }

  receipts(height: number): readonly Receipt[] | null {
    return this.#whole(height)?.receipts ?? null;
  }

  reportIds(height: number): readonly Hash[] | null {
    return this.#whole(height)?.acceptedReports ?? null;
  }

  certifiedFate(id: Hash): CertifiedFate | null {
    return this.#fates.get(id) ?? null;
  }

  itemBytes(id: Hash): Uint8Array | null {
    const place = this.#fates.get(id)?.place ?? null;
    return place === null ? null : (this.batch(place.batchId)?.items[place.item]?.bytes ?? null);
  }

  blockResults(height: number): readonly FeedResult[] {
    return this.#commits.get(height)?.results ?? [];
  }

  result({ feed, group, windowStart }: ResultKey): StoredResult | null {
    return this.#ofGroup(feed, group).find((stored) => stored.result.windowStart === windowStart) ?? null;
  }

  results({ feed, group, from, to, limit }: ResultQuery): readonly StoredResult[] {
    const [low, high] = [from ?? 0, to ?? Number.MAX_SAFE_INTEGER];
    return this.#ofGroup(feed, group)
      .filter(({ result }) => result.windowStart >= low && result.windowStart < high)
      .sort((a, b) => b.result.windowStart - a.result.windowStart)
      .slice(0, limit);
  }

  resultAt({ feed, group, at }: ResultSeries & { readonly at: number }): StoredResult | null {
    const [latest] = this.results({ feed, group, to: at + 1, limit: 1 });
    return latest !== undefined && at < latest.result.windowEnd ? latest : null;
  }

  resultAfter({ feed, group, after }: ResultSeries & { readonly after: number }): StoredResult | null {
    return this.results({ feed, group, from: after + 1, limit: Number.MAX_SAFE_INTEGER }).at(-1) ?? null;
  }

  resultsBehind(query: { readonly height: number; readonly position: number; readonly limit: number }) {
    const all = [...this.#commits.values()].flatMap(({ height, results }) =>
      results.map((result, position) => ({ height, position, result })),
    );
    const isBehind = (at: StoredResult) =>
      at.height > query.height || (at.height === query.height && at.position > query.position);
    return all.filter(isBehind).slice(0, query.limit);
  }

  latestResults(query: GroupQuery): readonly StoredResult[] {
    return this.groups(query).flatMap(({ feed, group }) => this.results({ feed, group, limit: 1 }));
  }

  groups({ feed, afterGroup, limit }: GroupQuery): readonly FeedGroup[] {
    return [...this.#results.values()]
      .filter((stored) => stored[0]?.result.feed === feed)
      .map((stored) => {
        const { group } = (stored[0] as StoredResult).result;
        const latestWindow = Math.max(...stored.map(({ result }) => result.windowStart));
        return { feed, group, results: stored.length, latestWindow };
      })
      .filter(({ group }) => afterGroup === null || compareText(group, afterGroup) > 0)
      .sort((a, b) => compareText(a.group, b.group))
      .slice(0, limit);
  }

  evidence({ before, limit }: EvidenceQuery): readonly StoredEvidence[] {
    const newestFirst = [...this.#commits.values()].flatMap(evidenceOfCommit).reverse();
    const from = before === null ? 0 : newestFirst.findIndex(({ id }) => id === before) + 1;
    return before !== null && from === 0 ? [] : newestFirst.slice(from, from + limit);
  }

  evidenceById(id: Hash): StoredEvidence | null {
    return [...this.#commits.values()].flatMap(evidenceOfCommit).find((each) => each.id === id) ?? null;
  }

  ledgerEntries(): Iterable<{ readonly key: string; readonly value: Uint8Array }> {
    return [...this.#ledger]
      .map(([key, value]) => ({ key, value, order: utf8(key) }))
      .sort((a, b) => compareBytes(a.order, b.order))
      .map(({ key, value }) => ({ key, value }));
  }

  baseHeight(): number {
    return 0;
  }

  snapshots(): readonly SnapshotHead[] {
    return this.#snapshots;
  }

  snapshotChunk(height: number, index: number): Uint8Array | null {
    const chunk = this.#snapshots.find(({ manifest }) => manifest.height === height)?.chunks[index];
    return chunk === undefined ? null : encodeSnapshotChunk(chunk);
  }

  prunedBelow(): number {
    return this.#prunedBelow;
  }

  #whole(height: number): Commit | undefined {
    return height < this.#prunedBelow ? undefined : this.#commits.get(height);
  }

  #ofGroup(feed: string, group: string): readonly StoredResult[] {
    return this.#results.get(`${feed}/${group}`) ?? [];
  }

  #writeFates(commit: Commit): void {
    for (const { id, code: index, reportIndex, place: at } of fatesOf(commit)) {
      const earlier = this.#fates.get(id);
      if (earlier?.code === 'accepted') continue;
      const code = RECEIPT_CODES[index];
      assert(code !== undefined, 'a receipt has a known code');
      const batch = at === null ? undefined : commit.batches[at.batch];
      const place =
        batch === undefined || at === null ? (earlier?.place ?? null) : { batchId: batch.id, item: at.item };
      this.#undo.set(this.#fates, id, { kind: 'certified', height: commit.height, code, reportIndex, place });
    }
  }

  #writeResult(stored: StoredResult): void {
    const key = `${stored.result.feed}/${stored.result.group}`;
    this.#undo.set(this.#results, key, [...(this.#results.get(key) ?? []), stored]);
  }
}
