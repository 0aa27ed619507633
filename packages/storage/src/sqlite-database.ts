import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { CairnError } from '@cairn/primitives';
import { toStorageError } from './sqlite-error.ts';

export interface DatabaseOptions {
  /** `:memory:` for a store that lives as long as its object. */
  readonly path: string;
  readonly readOnly: boolean;
  /** The write-ahead log is folded into the file when it has grown to so many pages of 4 KiB. */
  readonly checkpointPages: number;
  readonly cacheBytes: number;
}

/** How long a statement waits for another connection of the same data before it gives up. */
const BUSY_TIMEOUT_MS = 5_000;

/** One SQLite connection: durable transactions, statements prepared once, foreign errors turned into coded ones. */
export class SqliteDatabase {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #isReadOnly: boolean;
  /** After a failed read or write of the disk nobody knows what it holds: nothing more is written. */
  #broken: CairnError | null = null;

  /** @throws STORAGE_IO_INVALID, STORAGE_CORRUPT, STORAGE_LOCKED */
  constructor(options: DatabaseOptions) {
    this.#isReadOnly = options.readOnly;
    this.#database = attempt(
      () => new DatabaseSync(options.path, { readOnly: options.readOnly, timeout: BUSY_TIMEOUT_MS }),
    );
    try {
      this.exec(`PRAGMA cache_size = -${Math.ceil(options.cacheBytes / 1024)}; PRAGMA temp_store = MEMORY`);
      if (!options.readOnly) {
        // FULL: the log is synced at every commit. The fullfsync pragmas matter on macOS only.
        this.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
        this.exec('PRAGMA fullfsync = 1; PRAGMA checkpoint_fullfsync = 1');
        this.exec(`PRAGMA wal_autocheckpoint = ${options.checkpointPages}`);
      }
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  exec(sql: string): void {
    attempt(() => this.#database.exec(sql));
  }

  /** @returns how many rows it changed. */
  run(sql: string, ...values: SQLInputValue[]): number {
    return attempt(() => Number(this.#prepare(sql).run(...values).changes));
  }

  get<Row>(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return attempt(() => this.#prepare(sql).get(...values) as Row | undefined);
  }

  all<Row>(sql: string, ...values: SQLInputValue[]): Row[] {
    return attempt(() => this.#prepare(sql).all(...values) as Row[]);
  }

  /** Rows one by one; nothing may be written before the end. */
  *each<Row>(sql: string, ...values: SQLInputValue[]): Generator<Row> {
    // Its own statement: one that is being walked cannot serve another call.
    const rows = attempt(() => this.#database.prepare(sql).iterate(...values) as NodeJS.Iterator<Row>);
    try {
      for (let next = attempt(() => rows.next()); !next.done; next = attempt(() => rows.next())) yield next.value;
    } finally {
      // A walk that is left half-way would keep the log from being folded.
      rows.return?.();
    }
  }

  /**
   * Runs `work` in one transaction that is durable when this returns; on any error nothing of it is kept.
   * @throws STORAGE_DISK_FULL, STORAGE_IO_INVALID, STORAGE_READ_ONLY_INVALID, and whatever `work` throws.
   */
  transaction<T>(work: () => T): T {
    if (this.#broken !== null) throw this.#broken;
    if (this.#isReadOnly) throw new CairnError('STORAGE_READ_ONLY_INVALID', 'this store was opened for reading only');
    this.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.exec('COMMIT');
      return result;
    } catch (error) {
      this.#rollback();
      if (error instanceof CairnError && isFatal(error.code)) this.#broken = error;
      throw error;
    }
  }

  /** @throws STORAGE_CORRUPT */
  checkIntegrity(): void {
    const [first] = this.all<{ integrity_check: string }>('PRAGMA integrity_check(1)');
    if (first?.integrity_check === 'ok') return;
    throw new CairnError('STORAGE_CORRUPT', `the database is damaged: ${first?.integrity_check}`, { what: 'database' });
  }

  close(): void {
    this.#statements.clear();
    if (this.#database.isOpen) attempt(() => this.#database.close());
  }

  #rollback(): void {
    try {
      // SQLite has rolled back by itself after some errors.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
    } catch (cause) {
      this.#broken = toStorageError(cause) as CairnError;
    }
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

function isFatal(code: string): boolean {
  return code === 'STORAGE_IO_INVALID' || code === 'STORAGE_CORRUPT';
}

function attempt<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw toStorageError(cause);
  }
}
