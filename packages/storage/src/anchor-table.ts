import { fromUtf8, type UnixMs, utf8 } from '@cairn/primitives';
import type { CoveringAnchor } from './attestations.ts';
import { decodeRead, fromChecked, toChecked } from './checked-blob.ts';
import type { SqliteDatabase } from './sqlite-database.ts';

/** What the archive reads of an anchor's record; the rest is kept as it came. */
export interface AnchorRow {
  readonly transaction: string;
  readonly chain: string;
  readonly status: 'submitted' | 'confirmed' | 'finalized' | 'expired' | 'failed' | 'dropped';
  readonly treeSize: number;
  readonly note: string;
  readonly slot: number | null;
  readonly blockTime: UnixMs | null;
  readonly submittedAt: UnixMs;
}

const ANCHORED = `status IN ('confirmed', 'finalized')`;
const OPEN = `status IN ('submitted', 'confirmed')`;

/**
 * Anchor records by their transaction. `load` and `save` are what an anchor submitter asks of its store: a record is
 * durable when `save` resolves, and nothing is sent before.
 * @typeParam Record a JSON value.
 */
export class AnchorTable<Record extends AnchorRow = AnchorRow> {
  readonly #database: SqliteDatabase;
  /** Only anchors on this chain stand in attestations; null: on any. A local chain that was started anew is another. */
  chain: string | null = null;

  constructor(dependencies: { readonly database: SqliteDatabase }) {
    this.#database = dependencies.database;
  }

  /** All records that may still change, and of each chain the anchored one of the largest tree. */
  async load(): Promise<readonly Record[]> {
    const largest = `SELECT transaction_id FROM (
      SELECT transaction_id, row_number() OVER (PARTITION BY chain ORDER BY tree_size DESC) AS place
      FROM anchors WHERE ${ANCHORED}) WHERE place = 1`;
    return this.#read(`WHERE ${OPEN} OR transaction_id IN (${largest}) ORDER BY submitted_at, tree_size`);
  }

  /** Inserts or replaces. @throws STORAGE_DISK_FULL, STORAGE_IO_INVALID, as a rejection */
  async save(record: Record): Promise<void> {
    const { transaction, chain, status, treeSize, submittedAt } = record;
    const body = toChecked(`anchor ${transaction}`, utf8(JSON.stringify(record)));
    const sql = `INSERT INTO anchors (transaction_id, chain, status, tree_size, submitted_at, record)
      VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET status = excluded.status, tree_size = excluded.tree_size,
        submitted_at = excluded.submitted_at, record = excluded.record`;
    this.#database.transaction(() => this.#database.run(sql, transaction, chain, status, treeSize, submittedAt, body));
  }

  get(transaction: string): Record | null {
    return this.#read('WHERE transaction_id = ?', transaction)[0] ?? null;
  }

  /** Largest tree first, only trees below `below`. */
  list(query: { readonly below?: number; readonly limit: number }): readonly Record[] {
    const order = 'WHERE tree_size < ? ORDER BY tree_size DESC, submitted_at DESC, transaction_id LIMIT ?';
    return this.#read(order, query.below ?? Number.MAX_SAFE_INTEGER, query.limit);
  }

  /** The anchored record of the largest tree on `chain`. */
  latest(): Record | null {
    const order = 'ORDER BY tree_size DESC, status DESC, submitted_at LIMIT 1';
    return this.#read(`WHERE ${ANCHORED} AND chain = ifnull(?, chain) ${order}`, this.chain)[0] ?? null;
  }

  /** The oldest anchor on `chain` that holds header `height`: of the smallest tree; of equal trees a finalized one. */
  covering(height: number): CoveringAnchor | null {
    const order = 'ORDER BY tree_size, status DESC, submitted_at LIMIT 1';
    const condition = `WHERE ${ANCHORED} AND tree_size > ? AND chain = ifnull(?, chain)`;
    const record = this.#read(`${condition} ${order}`, height, this.chain)[0];
    if (record === undefined || record.slot === null) return null;
    return { ...record, slot: record.slot };
  }

  #read(condition: string, ...values: (string | number | null)[]): Record[] {
    const sql = `SELECT transaction_id AS id, record FROM anchors ${condition}`;
    return this.#database.all<{ id: string; record: Uint8Array }>(sql, ...values).map(({ id, record }) => {
      const place = `anchor ${id}`;
      const bytes = fromChecked(place, record);
      return decodeRead(place, () => JSON.parse(fromUtf8(bytes)) as Record);
    });
  }
}
