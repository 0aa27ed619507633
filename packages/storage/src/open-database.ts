import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CairnError, type NetworkId } from '@cairn/primitives';
import { DataDirLock, syncDirectory } from './data-dir-lock.ts';
import { readMeta } from './meta-table.ts';
import { defaultStoreOptions, type StoreOptions } from './options.ts';
import { MIGRATIONS, OLDEST_VERSION, type StoreRole } from './schema.ts';
import { SqliteDatabase } from './sqlite-database.ts';

export interface OpenedDatabase {
  readonly database: SqliteDatabase;
  /** Null when opened for reading only. */
  readonly lock: DataDirLock | null;
}

/** Where the database of a data directory stands. */
export function databasePath(dataDir: string): string {
  return join(dataDir, 'cairn.sqlite');
}

/**
 * Opens (or makes) the database of one role and network in a data directory, and brings its schema up to date.
 * @throws STORAGE_LOCKED, STORAGE_NETWORK_MISMATCH, STORAGE_ROLE_MISMATCH, STORAGE_VERSION_UNKNOWN,
 * STORAGE_DATA_MISSING, STORAGE_CORRUPT, STORAGE_DISK_FULL, STORAGE_IO_INVALID
 */
export function openDatabase(target: {
  readonly dataDir: string;
  readonly role: StoreRole;
  readonly networkId: NetworkId;
  readonly options?: Partial<StoreOptions>;
  /** Only tests bring their own. */
  readonly migrations?: readonly string[];
}): OpenedDatabase {
  const options = { ...defaultStoreOptions, ...target.options };
  const path = databasePath(target.dataDir);
  if (options.readOnly && !existsSync(path)) {
    throw new CairnError('STORAGE_DATA_MISSING', 'no store in this directory', { dataDir: target.dataDir });
  }
  const lock = options.readOnly ? null : DataDirLock.acquire(target.dataDir);
  let database: SqliteDatabase | undefined;
  try {
    database = new SqliteDatabase({ path, ...options });
    const oldest = target.migrations === undefined ? OLDEST_VERSION : 1;
    prepareSchema(database, target, { steps: target.migrations ?? MIGRATIONS[target.role], oldest });
    if (!options.readOnly) syncDirectory(target.dataDir);
    return { database, lock };
  } catch (error) {
    database?.close();
    lock?.release();
    throw error;
  }
}

interface SchemaTarget {
  readonly role: StoreRole;
  readonly networkId: NetworkId;
}

interface SchemaSteps {
  readonly steps: readonly string[];
  readonly oldest: number;
}

/** Migrates inside one transaction: a process that dies half-way leaves the old version. */
function prepareSchema(database: SqliteDatabase, target: SchemaTarget, { steps, oldest }: SchemaSteps): void {
  const version = database.get<{ user_version: number }>('PRAGMA user_version')?.user_version ?? 0;
  if (version > 0) checkOwner(database, target);
  if (version > steps.length || (version > 0 && version < oldest)) {
    const message = `data of version ${version}, this release knows ${oldest} to ${steps.length}`;
    throw new CairnError('STORAGE_VERSION_UNKNOWN', message, { version, oldest, known: steps.length });
  }
  if (version === steps.length) return;
  database.transaction(() => {
    for (const step of steps.slice(version)) database.exec(step);
    if (version === 0) {
      database.run('INSERT INTO meta VALUES (?, ?)', 'role', target.role);
      database.run('INSERT INTO meta VALUES (?, ?)', 'network', target.networkId);
    }
    database.exec(`PRAGMA user_version = ${steps.length}`);
  });
}

/** `meta` with these two keys is in every version, so that even newer data can say whose it is. */
function checkOwner(database: SqliteDatabase, target: SchemaTarget): void {
  const role = readMeta(database, 'role');
  const networkId = readMeta(database, 'network');
  if (role !== target.role) {
    throw new CairnError('STORAGE_ROLE_MISMATCH', `the directory belongs to a store of role ${role}`, {
      role: String(role),
    });
  }
  if (networkId !== target.networkId) {
    throw new CairnError('STORAGE_NETWORK_MISMATCH', 'the directory belongs to another network', {
      networkId: String(networkId),
      expected: target.networkId,
    });
  }
}
