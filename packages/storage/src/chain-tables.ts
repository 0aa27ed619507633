import { frontierPlaces, LogFrontier } from '@cairn/merkle';
import { CairnError, type Hash, utf8 } from '@cairn/primitives';
import {
  type Batch,
  type BlockHeader,
  encodeCertifiedBlock,
  encodeFeedResult,
  encodeHeader,
  headerHash,
} from '@cairn/protocol';
import type { Commit, SnapshotBase } from '@cairn/replica';
import { type CheckedCommit, checkCommit, fatesOf } from './check-commit.ts';
import { hashBlob, hashListBlob, toChecked } from './checked-blob.ts';
import { evidenceOfCommit } from './evidence-of-commit.ts';
import { writeMeta } from './meta-table.ts';
import type { PruneOptions, PruneResult } from './node-store-port.ts';
import { receiptListBlob } from './receipt-list.ts';
import { SnapshotTables } from './snapshot-tables.ts';
import { BASE_HEIGHT, SqliteChainReads } from './sqlite-chain-reads.ts';
import type { SqliteDatabase } from './sqlite-database.ts';

/** Writes the chain, for a member's store and for the archive alike. Every method runs inside the owner's transaction. */
export class ChainTables {
  readonly reads: SqliteChainReads;
  readonly #database: SqliteDatabase;
  readonly #networkId: Hash;
  readonly #snapshots: SnapshotTables;
  #frontier: LogFrontier | null = null;

  constructor(options: { readonly networkId: Hash }, dependencies: { readonly database: SqliteDatabase }) {
    this.#database = dependencies.database;
    this.#networkId = options.networkId;
    this.#snapshots = new SnapshotTables(dependencies);
    this.reads = new SqliteChainReads(dependencies);
  }

  /** Puts header 0 there when the store is new. */
  writeGenesis(header: BlockHeader): void {
    if (this.reads.hasGenesis()) return;
    const bytes = encodeHeader(header);
    this.#insertBlock({ height: 0, hash: headerHash(header), time: header.time, header: bytes });
    for (const node of LogFrontier.empty.appendTracked(bytes).completed) this.#insertNode(node);
  }

  /** @throws STORAGE_HEIGHT_INVALID, STORAGE_COMMIT_INVALID */
  append(commit: Commit): void {
    const tip = this.reads.tip();
    const frontier = this.#frontier ?? LogFrontier.restore(this.reads.frontier());
    const checked = checkCommit(commit, { networkId: this.#networkId, tip, frontier });
    this.#insertCommit(commit, checked);
    for (const node of checked.completed) this.#insertNode(node);
    this.#insertFates(
      commit,
      commit.batches.map((batch) => this.markBatch(batch, commit.height)),
    );
    this.#insertResults(commit);
    this.#insertEvidence(commit);
    this.#writeLedger(commit.writes);
    if (commit.snapshot !== null) this.#snapshots.write(commit.snapshot);
    this.#frontier = checked.frontier;
  }

  /**
   * Makes a checked snapshot the whole chain of a store that has none: state, tip, and the log's right edge.
   * @throws STORAGE_HEIGHT_INVALID unless nothing but header 0 is there; STORAGE_COMMIT_INVALID
   */
  install(base: SnapshotBase): void {
    const { height: tip } = this.reads.tip();
    const { header } = base.certified.block;
    const { height } = header;
    if (tip !== 0) throw new CairnError('STORAGE_HEIGHT_INVALID', 'the store has blocks already', { tip, height });
    const frontier = LogFrontier.restore(base.frontier);
    if (frontier.size !== height || frontier.root() !== header.previousLogRoot) {
      throw new CairnError('STORAGE_COMMIT_INVALID', 'the frontier is not that of the block', { height });
    }
    const bytes = encodeHeader(header);
    // A snapshot of block 1: header 0's node is there.
    this.#database.exec('DELETE FROM log_nodes');
    frontierPlaces(height).forEach((place, i) => {
      this.#insertNode({ ...place, hash: frontier.hashes[i] as Hash });
    });
    for (const node of frontier.appendTracked(bytes).completed) this.#insertNode(node);
    this.#insertBlock({
      height,
      hash: headerHash(header),
      time: header.time,
      header: bytes,
      note: toChecked(`note ${height}`, utf8(base.note)),
      certified: toChecked(`certified ${height}`, encodeCertifiedBlock(base.certified)),
    });
    this.#writeLedger(base.entries);
    this.#snapshots.write(base.snapshot);
    writeMeta(this.#database, BASE_HEIGHT, height);
    writeMeta(this.#database, 'pruned-below', height + 1);
    this.#frontier = null;
  }

  /** To be called when the owner's transaction failed: what is remembered may be ahead of the disk. */
  forget(): void {
    this.#frontier = null;
  }

  /** Keeps a batch that is in no block yet. @returns its number. */
  writeBatch(batch: Batch): number {
    return this.#batchNumber(batch.id) ?? this.#insertBatch(batch, null);
  }

  /** @returns its number, written now if it was not there. */
  markBatch(batch: Batch, height: number): number {
    const number = this.#batchNumber(batch.id);
    if (number === null) return this.#insertBatch(batch, height);
    const sql = 'UPDATE batches SET included_height = ?, packed_ids = NULL WHERE number = ?';
    this.#database.run(sql, height, number);
    return number;
  }

  /** Pruned heights are one run from block 1 on; the tip is never pruned. */
  prune({ keepFromHeight, blocksMax }: PruneOptions): PruneResult {
    const from = Math.max(1, this.reads.prunedBelow());
    const until = Math.min(keepFromHeight, this.reads.tip().height, from + blocksMax);
    for (let height = from; height < until; height++) this.#pruneBlock(height);
    if (until > from) writeMeta(this.#database, 'pruned-below', until);
    return { blocks: Math.max(0, until - from), prunedBelow: Math.max(from, until) };
  }

  deleteBatch(number: number): void {
    this.#database.run('DELETE FROM batch_bytes WHERE number = ?', number);
    this.#database.run('DELETE FROM batches WHERE number = ?', number);
  }

  #pruneBlock(height: number): void {
    for (const { id } of this.reads.receipts(height) ?? []) {
      this.#database.run('DELETE FROM fates WHERE id = ? AND height = ?', hashBlob(id), height);
    }
    const batches = 'SELECT number FROM batches WHERE included_height = ?';
    for (const { number } of this.#database.all<{ number: number }>(batches, height)) this.deleteBatch(number);
    this.#database.run('UPDATE blocks SET certified = NULL, receipts = NULL, reports = NULL WHERE height = ?', height);
  }

  #batchNumber(id: Hash): number | null {
    return (
      this.#database.get<{ number: number }>('SELECT number FROM batches WHERE id = ?', hashBlob(id))?.number ?? null
    );
  }

  #insertBatch(batch: Batch, height: number | null): number {
    const sql = `INSERT INTO batches (id, author, seq, base_height, included_height) VALUES (?, ?, ?, ?, ?)
      RETURNING number`;
    const { id, author, seq, baseHeight } = batch;
    const row = this.#database.get<{ number: number }>(sql, hashBlob(id), author, seq, baseHeight, height);
    const number = (row as { number: number }).number;
    this.#database.run('INSERT INTO batch_bytes VALUES (?, ?)', number, toChecked(`batch ${id}`, batch.bytes));
    return number;
  }

  #insertCommit(commit: Commit, { headerBytes }: CheckedCommit): void {
    const { height } = commit;
    this.#insertBlock({
      height,
      hash: commit.blockHash,
      time: commit.certified.block.header.time,
      header: headerBytes,
      note: toChecked(`note ${height}`, utf8(commit.note)),
      certified: toChecked(`certified ${height}`, encodeCertifiedBlock(commit.certified)),
      receipts: toChecked(`receipts ${height}`, receiptListBlob(commit.receipts)),
      reports: toChecked(`reports ${height}`, hashListBlob(commit.acceptedReports)),
    });
  }

  #insertBlock(row: BlockRow): void {
    const { height, hash, time, header, note = null, certified = null, receipts = null, reports = null } = row;
    const sql = `INSERT INTO blocks (height, hash, time, header, note, certified, receipts, reports)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)`;
    this.#database.run(sql, height, hashBlob(hash), time, header, note, certified, receipts, reports);
  }

  #insertNode(node: { readonly level: number; readonly index: number; readonly hash: Hash }): void {
    this.#database.run('INSERT INTO log_nodes VALUES (?, ?, ?)', node.level, node.index, hashBlob(node.hash));
  }

  /** An accepted item keeps its place; of a refused one the latest judgement stands. */
  #insertFates(commit: Commit, batchNumbers: readonly number[]): void {
    const sql = `INSERT INTO fates (id, height, code, report_index, batch, item) VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET height = excluded.height, code = excluded.code, report_index = excluded.report_index,
        batch = coalesce(excluded.batch, batch), item = coalesce(excluded.item, item) WHERE code <> 0`;
    for (const { id, code, reportIndex, place } of fatesOf(commit)) {
      const batch = place === null ? null : (batchNumbers[place.batch] as number);
      this.#database.run(sql, hashBlob(id), commit.height, code, reportIndex, batch, place?.item ?? null);
    }
  }

  #insertResults(commit: Commit): void {
    const insert = `INSERT INTO results (feed, grp, window_start, height, position, body) VALUES (?, ?, ?, ?, ?, ?)`;
    const count = `INSERT INTO feed_groups (feed, grp, results, latest_window) VALUES (?, ?, 1, ?)
      ON CONFLICT DO UPDATE SET results = results + 1, latest_window = max(latest_window, excluded.latest_window)`;
    commit.results.forEach((result, position) => {
      const { feed, group, windowStart } = result;
      const body = toChecked(`result ${commit.height}/${position}`, encodeFeedResult(result));
      this.#database.run(insert, feed, group, windowStart, commit.height, position, body);
      this.#database.run(count, feed, group, windowStart);
    });
  }

  #insertEvidence(commit: Commit): void {
    const sql = 'INSERT OR IGNORE INTO evidence (id, height, member, kind, bytes) VALUES (?, ?, ?, ?, ?)';
    for (const { id, height, member, kind, bytes } of evidenceOfCommit(commit)) {
      this.#database.run(sql, hashBlob(id), height, member, kind, bytes);
    }
  }

  #writeLedger(writes: Commit['writes']): void {
    const put = 'INSERT INTO ledger VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value';
    for (const { key, value } of writes) {
      if (value === null) this.#database.run('DELETE FROM ledger WHERE key = ?', key);
      else this.#database.run(put, key, toChecked(`ledger ${key}`, value));
    }
  }
}

interface BlockRow {
  readonly height: number;
  readonly hash: Hash;
  readonly time: number;
  readonly header: Uint8Array;
  readonly note?: Uint8Array;
  readonly certified?: Uint8Array;
  readonly receipts?: Uint8Array;
  readonly reports?: Uint8Array;
}
