import { sha256Hash } from '@cairn/crypto';
import { type FrontierData, frontierPlaces, LogFrontier, leafHash } from '@cairn/merkle';
import { assert, BoundedMap, fromUtf8, type Hash } from '@cairn/primitives';
import type { SnapshotHead } from '@cairn/protocol';
import {
  type Batch,
  type BlockHeader,
  blockHash,
  type CertifiedBlock,
  decodeBatch,
  decodeCertifiedBlock,
  decodeCheckpointNote,
  decodeEvidence,
  decodeFeedResult,
  decodeHeader,
  evidenceId,
  type FeedResult,
  headerHash,
  type Receipt,
  type ResultKey,
} from '@cairn/protocol';
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
} from './chain-reads.ts';
import { blobHash, blobHashList, checkRead, decodeRead, fromChecked, hashBlob } from './checked-blob.ts';
import { readMeta } from './meta-table.ts';
import { blobReceiptList, receiptCodeAt } from './receipt-list.ts';
import { SnapshotTables } from './snapshot-tables.ts';
import type { SqliteDatabase } from './sqlite-database.ts';

/** Meta key: the block whose state a snapshot brought. */
export const BASE_HEIGHT = 'base-height';
/** At most 6 MiB. */
const DECODED_BATCHES_MAX = 16;

/** Reads of the chain's tables. Whatever comes back is compared with the hash or the sum it was written under. */
export class SqliteChainReads implements ChainReads {
  readonly #database: SqliteDatabase;
  readonly #snapshots: SnapshotTables;
  /** All reports of a batch are asked for at once, when their block is certified. */
  readonly #decoded = new BoundedMap<Hash, Batch>(DECODED_BATCHES_MAX);

  constructor(dependencies: { readonly database: SqliteDatabase }) {
    this.#database = dependencies.database;
    this.#snapshots = new SnapshotTables(dependencies);
  }

  hasGenesis(): boolean {
    return this.#database.get('SELECT 1 FROM blocks WHERE height = 0') !== undefined;
  }

  tip(): ChainTip {
    const row = this.#database.get<{ height: number; hash: Uint8Array }>(
      'SELECT height, hash FROM blocks ORDER BY height DESC LIMIT 1',
    );
    assert(row !== undefined, 'a store begins with header 0');
    return { height: row.height, blockHash: blobHash(row.hash) };
  }

  frontier(): FrontierData {
    const { height } = this.tip();
    const size = height + 1;
    const hashes = frontierPlaces(size).map(({ level, index }) => this.logNode(level, index));
    const note = this.note(height);
    const root = note === null ? null : decodeCheckpointNote(note).checkpoint.root;
    checkRead(root === null || LogFrontier.restore({ size, hashes }).root() === root, 'log', 'frontier');
    return { size, hashes };
  }

  logNode(level: number, index: number): Hash {
    const row = this.#database.get<{ hash: Uint8Array }>(
      'SELECT hash FROM log_nodes WHERE level = ? AND position = ?',
      level,
      index,
    );
    checkRead(row !== undefined, `log node ${level}/${index}`, 'presence');
    return blobHash(row.hash);
  }

  header(height: number): BlockHeader | null {
    const bytes = this.headerBytes(height);
    return bytes === null ? null : decodeHeader(bytes);
  }

  headerBytes(height: number): Uint8Array | null {
    const row = this.#database.get<{ hash: Uint8Array; header: Uint8Array }>(
      'SELECT hash, header FROM blocks WHERE height = ?',
      height,
    );
    if (row === undefined) return null;
    checkRead(sha256Hash(row.header) === blobHash(row.hash), `header ${height}`, 'hash');
    return row.header;
  }

  note(height: number): string | null {
    const bytes = this.#blockBlob('note', height);
    return bytes === null ? null : fromUtf8(bytes);
  }

  heightOf(hash: Hash): number | null {
    const row = this.#database.get<{ height: number }>('SELECT height FROM blocks WHERE hash = ?', hashBlob(hash));
    return row?.height ?? null;
  }

  certifiedBlock(height: number): CertifiedBlock | null {
    return this.#certified(height)?.certified ?? null;
  }

  certifiedRange(range: HeightRange): readonly EncodedBlock[] {
    const blocks: EncodedBlock[] = [];
    let bytesLeft = range.bytesMax;
    for (let height = range.fromHeight; height <= range.toHeight; height++) {
      const block = this.#encodedBlock(height);
      if (block === null) break;
      bytesLeft -= block.certified.length + block.batches.reduce((sum, batch) => sum + batch.length, 0);
      if (bytesLeft < 0 && blocks.length > 0) break;
      blocks.push(block);
    }
    return blocks;
  }

  batch(id: Hash): Batch | null {
    const bytes = this.batchBytes(id);
    if (bytes === null) return null;
    const batch = decodeRead(`batch ${id}`, () => decodeBatch(bytes));
    checkRead(batch.id === id, `batch ${id}`, 'hash');
    return batch;
  }

  batchBytes(id: Hash): Uint8Array | null {
    const sql = 'SELECT bytes FROM batches LEFT JOIN batch_bytes USING (number) WHERE id = ?';
    const row = this.#database.get<{ bytes: Uint8Array | null }>(sql, hashBlob(id));
    if (row === undefined) return null;
    checkRead(row.bytes !== null, `batch ${id}`, 'presence');
    return fromChecked(`batch ${id}`, row.bytes);
  }

  receipts(height: number): readonly Receipt[] | null {
    const bytes = this.#blockBlob('receipts', height);
    if (bytes === null) return null;
    return decodeRead(`receipts ${height}`, () => blobReceiptList(bytes));
  }

  reportIds(height: number): readonly Hash[] | null {
    const bytes = this.#blockBlob('reports', height);
    return bytes === null ? null : blobHashList(bytes);
  }

  certifiedFate(id: Hash): CertifiedFate | null {
    const row = this.#fateRow(id);
    if (row === undefined) return null;
    const place = row.batchId === null ? null : { batchId: blobHash(row.batchId), item: row.item as number };
    const code = receiptCodeAt(row.code);
    return { kind: 'certified', height: row.height, code, reportIndex: row.reportIndex, place };
  }

  itemBytes(id: Hash): Uint8Array | null {
    const place = this.certifiedFate(id)?.place ?? null;
    if (place === null) return null;
    const bytes = this.#decodedBatch(place.batchId)?.items[place.item]?.bytes;
    checkRead(bytes !== undefined && sha256Hash(bytes) === id, `item ${id}`, 'hash');
    return bytes;
  }

  blockResults(height: number): readonly FeedResult[] {
    const sql = 'SELECT height, position, body FROM results WHERE height = ? ORDER BY position';
    return this.#database.all<ResultRow>(sql, height).map((row) => toResult(row).result);
  }

  result({ feed, group, windowStart }: ResultKey): StoredResult | null {
    const sql = `SELECT height, position, body FROM results WHERE feed = ? AND grp = ? AND window_start = ?
      ORDER BY height LIMIT 1`;
    const row = this.#database.get<ResultRow>(sql, feed, group, windowStart);
    return row === undefined ? null : toResult(row);
  }

  results({ feed, group, from, to, limit }: ResultQuery): readonly StoredResult[] {
    const sql = `SELECT height, position, body FROM results
      WHERE feed = ? AND grp = ? AND window_start >= ? AND window_start < ? ORDER BY window_start DESC LIMIT ?`;
    const [low, high] = [from ?? 0, to ?? Number.MAX_SAFE_INTEGER];
    return this.#database.all<ResultRow>(sql, feed, group, low, high, limit).map(toResult);
  }

  resultAt({ feed, group, at }: ResultSeries & { readonly at: number }): StoredResult | null {
    const [latest] = this.results({ feed, group, to: at + 1, limit: 1 });
    return latest !== undefined && at < latest.result.windowEnd ? latest : null;
  }

  resultAfter({ feed, group, after }: ResultSeries & { readonly after: number }): StoredResult | null {
    const sql = `SELECT height, position, body FROM results
      WHERE feed = ? AND grp = ? AND window_start > ? ORDER BY window_start LIMIT 1`;
    const row = this.#database.get<ResultRow>(sql, feed, group, after);
    return row === undefined ? null : toResult(row);
  }

  resultsBehind(query: { readonly height: number; readonly position: number; readonly limit: number }) {
    const sql = `SELECT height, position, body FROM results
      WHERE (height, position) > (?, ?) ORDER BY height, position LIMIT ?`;
    return this.#database.all<ResultRow>(sql, query.height, query.position, query.limit).map(toResult);
  }

  latestResults(query: GroupQuery): readonly StoredResult[] {
    return this.groups(query).map(({ feed, group, latestWindow }) => {
      const found = this.result({ feed, group, windowStart: latestWindow });
      checkRead(found !== null, `group ${feed}/${group}`, 'latest result');
      return found;
    });
  }

  groups({ feed, afterGroup, limit }: GroupQuery): readonly FeedGroup[] {
    const sql = `SELECT feed, grp AS "group", results, latest_window AS latestWindow FROM feed_groups
      WHERE feed = ? AND (? IS NULL OR grp > ?) ORDER BY grp LIMIT ?`;
    return this.#database.all<FeedGroup>(sql, feed, afterGroup, afterGroup, limit).map((row) => ({ ...row }));
  }

  evidence({ before, limit }: EvidenceQuery): readonly StoredEvidence[] {
    const top = 'coalesce((SELECT number FROM evidence WHERE id = ?), 0)';
    const where = before === null ? '' : `WHERE number < ${top}`;
    const sql = `SELECT id, height, bytes FROM evidence ${where} ORDER BY number DESC LIMIT ?`;
    const at = before === null ? [limit] : [hashBlob(before), limit];
    return this.#database.all<EvidenceRow>(sql, ...at).map(toEvidence);
  }

  evidenceById(id: Hash): StoredEvidence | null {
    const row = this.#database.get<EvidenceRow>('SELECT id, height, bytes FROM evidence WHERE id = ?', hashBlob(id));
    return row === undefined ? null : toEvidence(row);
  }

  *ledgerEntries(): Generator<{ readonly key: string; readonly value: Uint8Array }> {
    const sql = 'SELECT key, value FROM ledger ORDER BY key';
    for (const { key, value } of this.#database.each<{ key: string; value: Uint8Array }>(sql)) {
      yield { key, value: fromChecked(`ledger ${key}`, value) };
    }
  }

  baseHeight(): number {
    return Number(readMeta(this.#database, BASE_HEIGHT) ?? 0);
  }

  snapshots(): readonly SnapshotHead[] {
    return this.#snapshots.heads();
  }

  snapshotChunk(height: number, index: number): Uint8Array | null {
    return this.#snapshots.chunk(height, index);
  }

  prunedBelow(): number {
    return Number(readMeta(this.#database, 'pruned-below') ?? 0);
  }

  /** The tip's note, header and frontier must tell of one log. @throws STORAGE_CORRUPT */
  checkTip(): void {
    const { height, blockHash: hash } = this.tip();
    const bytes = this.headerBytes(height);
    checkRead(bytes !== null && headerHash(decodeHeader(bytes)) === hash, 'tip', 'header');
    checkRead(this.logNode(0, height) === leafHash(bytes), 'tip', 'log leaf');
  }

  #decodedBatch(id: Hash): Batch | null {
    const known = this.#decoded.get(id);
    if (known !== undefined) return known;
    const batch = this.batch(id);
    if (batch !== null) this.#decoded.set(id, batch);
    return batch;
  }

  #encodedBlock(height: number): EncodedBlock | null {
    // Of the block that a snapshot begins with, the certificate is here but not the batches.
    const stored = height < this.prunedBelow() ? null : this.#certified(height);
    if (stored === null) return null;
    const batches = stored.certified.block.batchIds.map((id) => {
      const batch = this.batchBytes(id);
      checkRead(batch !== null, `batch ${id}`, 'presence');
      return batch;
    });
    return { height, certified: stored.bytes, batches };
  }

  #certified(height: number): { readonly bytes: Uint8Array; readonly certified: CertifiedBlock } | null {
    const sql = 'SELECT hash, certified FROM blocks WHERE height = ?';
    const row = this.#database.get<{ hash: Uint8Array; certified: Uint8Array | null }>(sql, height);
    if (row === undefined || row.certified === null) return null;
    const place = `certified ${height}`;
    const bytes = fromChecked(place, row.certified);
    const certified = decodeRead(place, () => decodeCertifiedBlock(bytes));
    checkRead(blockHash(certified.block) === blobHash(row.hash), place, 'hash');
    return { bytes, certified };
  }

  #blockBlob(column: 'note' | 'receipts' | 'reports', height: number): Uint8Array | null {
    const row = this.#database.get<{ blob: Uint8Array | null }>(
      `SELECT ${column} AS blob FROM blocks WHERE height = ?`,
      height,
    );
    return row === undefined || row.blob === null ? null : fromChecked(`${column} ${height}`, row.blob);
  }

  #fateRow(id: Hash) {
    const sql = `SELECT fates.height, fates.code, report_index AS reportIndex, item, batches.id AS batchId
      FROM fates LEFT JOIN batches ON batches.number = fates.batch WHERE fates.id = ?`;
    return this.#database.get<FateRow>(sql, hashBlob(id));
  }
}

interface ResultRow {
  readonly height: number;
  readonly position: number;
  readonly body: Uint8Array;
}

interface FateRow {
  readonly height: number;
  readonly code: number;
  readonly reportIndex: number | null;
  readonly item: number | null;
  readonly batchId: Uint8Array | null;
}

interface EvidenceRow {
  readonly id: Uint8Array;
  readonly height: number;
  readonly bytes: Uint8Array;
}

function toEvidence({ id: key, height, bytes }: EvidenceRow): StoredEvidence {
  const id = blobHash(key);
  checkRead(evidenceId(bytes) === id, `evidence ${id}`, 'hash');
  const { member, kind } = decodeRead(`evidence ${id}`, () => decodeEvidence(bytes));
  return { id, height, member, kind, bytes };
}

function toResult({ height, position, body }: ResultRow): StoredResult {
  const place = `result ${height}/${position}`;
  const bytes = fromChecked(place, body);
  return { height, position, result: decodeRead(place, () => decodeFeedResult(bytes)) };
}
