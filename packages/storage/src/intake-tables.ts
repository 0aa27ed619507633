import { sha256Hash } from '@cairn/crypto';
import type { Hash } from '@cairn/primitives';
import { BATCH_LIFETIME_HEIGHTS, type Batch, ITEM_KINDS } from '@cairn/protocol';
import type { PendingItem } from '@cairn/replica';
import type { ChainTables } from './chain-tables.ts';
import { blobHash, checkRead, hashBlob, hashListBlob } from './checked-blob.ts';
import { readMeta, writeMeta } from './meta-table.ts';
import type { SqliteDatabase } from './sqlite-database.ts';

const NEXT_BATCH_SEQ = 'next-batch-seq';

/** Items of this member's own intake, and batches on their way into the chain. Writes run inside the owner's transaction. */
export class IntakeTables {
  readonly #database: SqliteDatabase;
  readonly #chain: ChainTables;
  readonly #author: number | null;
  /** Null until the first item of this process: then one scan of what is pending tells it. */
  #arrival: number | null = null;

  constructor(
    options: { readonly author: number | null },
    dependencies: { readonly database: SqliteDatabase; readonly chain: ChainTables },
  ) {
    this.#author = options.author;
    this.#database = dependencies.database;
    this.#chain = dependencies.chain;
  }

  writeItem(item: PendingItem): void {
    const sql = 'INSERT OR IGNORE INTO pending_items (id, arrival, kind, bytes) VALUES (?, ?, ?, ?)';
    this.#database.run(sql, hashBlob(item.id), this.#nextArrival(), ITEM_KINDS.indexOf(item.kind), item.bytes);
  }

  /** @param items ids of own items that it carries: they are no longer pending, but remembered with it. */
  writeBatch(batch: Batch, items: readonly Hash[]): void {
    const number = this.#chain.writeBatch(batch);
    if (batch.author === this.#author || items.length > 0) this.#raiseSeq(batch.seq + 1);
    if (items.length === 0) return;
    const sql = 'UPDATE batches SET packed_ids = ? WHERE number = ? AND included_height IS NULL';
    this.#database.run(sql, hashListBlob(items), number);
    for (const id of items) this.#database.run('DELETE FROM pending_items WHERE id = ?', hashBlob(id));
  }

  /** Its life ended outside the chain. A batch that is in the chain after all stays. */
  expireBatch(batchId: Hash, items: readonly PendingItem[]): void {
    const sql = 'SELECT number FROM batches WHERE id = ? AND included_height IS NULL';
    const row = this.#database.get<{ number: number }>(sql, hashBlob(batchId));
    if (row !== undefined) this.#chain.deleteBatch(row.number);
    for (const item of items) this.writeItem(item);
  }

  /** Batches of others that no block may name any more. Own ones wait for their `batch-expired`. */
  dropExpired(tipHeight: number): void {
    const sql = `SELECT number FROM batches
      WHERE included_height IS NULL AND packed_ids IS NULL AND base_height <= ?`;
    for (const { number } of this.#database.all<{ number: number }>(sql, tipHeight - BATCH_LIFETIME_HEIGHTS)) {
      this.#chain.deleteBatch(number);
    }
  }

  items(): PendingItem[] {
    const rows = this.#database.all<ItemRow>('SELECT id, kind, bytes FROM pending_items ORDER BY arrival');
    return rows.map((row) => {
      const id = blobHash(row.id);
      const kind = ITEM_KINDS[row.kind];
      checkRead(kind !== undefined && sha256Hash(row.bytes) === id, `pending item ${id}`, 'hash');
      return { id, kind, bytes: row.bytes };
    });
  }

  /** In order of arrival. */
  waitingBatches(): Batch[] {
    const rows = this.#database.all<{ id: Uint8Array }>(
      'SELECT id FROM batches WHERE included_height IS NULL ORDER BY number',
    );
    return rows.map((row) => this.#chain.reads.batch(blobHash(row.id)) as Batch);
  }

  nextBatchSeq(): number {
    return Number(readMeta(this.#database, NEXT_BATCH_SEQ) ?? 0);
  }

  isPending(id: Hash): boolean {
    return this.#database.get('SELECT 1 FROM pending_items WHERE id = ?', hashBlob(id)) !== undefined;
  }

  /** @returns the own batch, not yet in the chain, that carries this item. */
  batchOf(id: Hash): Hash | null {
    // Few batches wait at a time, so their lists are searched; an index would cost two writes an item.
    const sql = 'SELECT id FROM batches WHERE packed_ids IS NOT NULL AND instr(packed_ids, ?) > 0';
    const row = this.#database.get<{ id: Uint8Array }>(sql, hashBlob(id));
    return row === undefined ? null : blobHash(row.id);
  }

  /** Gaps, and a number that a failed append has taken, do no harm. */
  #nextArrival(): number {
    const sql = 'SELECT max(arrival) AS arrival FROM pending_items';
    const before = this.#arrival ?? this.#database.get<{ arrival: number | null }>(sql)?.arrival ?? 0;
    this.#arrival = before + 1;
    return this.#arrival;
  }

  #raiseSeq(seq: number): void {
    if (seq > this.nextBatchSeq()) writeMeta(this.#database, NEXT_BATCH_SEQ, seq);
  }
}

interface ItemRow {
  readonly id: Uint8Array;
  readonly kind: number;
  readonly bytes: Uint8Array;
}
