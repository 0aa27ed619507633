import { join } from 'node:path';
import { toHash } from '@cairn/primitives';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readMeta } from './meta-table.ts';
import { openDatabase } from './open-database.ts';
import { MIGRATIONS } from './schema.ts';
import { SqliteDatabase } from './sqlite-database.ts';
import { toStorageError } from './sqlite-error.ts';
import { removeDirectory, temporaryDirectory } from './testing/temporary-directory.ts';

let dataDir: string;
beforeEach(() => {
  dataDir = temporaryDirectory();
});
afterEach(() => removeDirectory(dataDir));

const refused = (code: string) => expect.objectContaining({ code });
const connect = () =>
  new SqliteDatabase({
    path: join(dataDir, 'test.sqlite'),
    readOnly: false,
    checkpointPages: 100,
    cacheBytes: 1 << 20,
  });

describe('SqliteDatabase', () => {
  it('syncs the write-ahead log at every commit', () => {
    const database = connect();
    expect(database.get('PRAGMA synchronous')).toEqual({ synchronous: 2 });
    expect(database.get('PRAGMA journal_mode')).toEqual({ journal_mode: 'wal' });
    database.close();
  });

  it('keeps nothing of a transaction that throws, or that the disk refuses, and goes on', () => {
    const database = connect();
    database.exec('CREATE TABLE things (bytes BLOB)');
    const insert = (bytes: number) => database.run('INSERT INTO things VALUES (?)', new Uint8Array(bytes));
    const count = () => database.get<{ n: number }>('SELECT count(*) AS n FROM things')?.n;
    const broken = () =>
      database.transaction(() => {
        insert(1);
        throw new RangeError('a bug');
      });
    expect(broken).toThrow(RangeError);
    database.exec('PRAGMA max_page_count = 20');
    const tooMuch = () =>
      database.transaction(() => {
        for (let i = 0; i < 100; i++) insert(4096);
      });
    expect(tooMuch).toThrow(refused('STORAGE_DISK_FULL'));
    expect(count()).toBe(0);
    database.transaction(() => insert(1));
    expect(count()).toBe(1);
    database.close();
  });

  it('writes no more after the disk has failed it', () => {
    const database = connect();
    const failure = Object.assign(new Error('disk I/O error'), { code: 'ERR_SQLITE_ERROR', errcode: 10 });
    const failing = () =>
      database.transaction(() => {
        throw toStorageError(failure);
      });
    expect(failing).toThrow(refused('STORAGE_IO_INVALID'));
    expect(() => database.transaction(() => 1)).toThrow(refused('STORAGE_IO_INVALID'));
    database.close();
  });

  it('can leave a walk half-way', () => {
    const database = connect();
    database.exec('CREATE TABLE numbers (n INTEGER); INSERT INTO numbers VALUES (1), (2), (3)');
    for (const { n } of database.each<{ n: number }>('SELECT n FROM numbers ORDER BY n')) if (n === 2) break;
    // a walk that is still open would hold the old state and keep the log from being folded
    expect(database.get('PRAGMA wal_checkpoint(TRUNCATE)')).toMatchObject({ busy: 0 });
    database.close();
  });
});

describe('foreign errors', () => {
  const sqlite = (errcode: number) => Object.assign(new Error('x'), { code: 'ERR_SQLITE_ERROR', errcode });
  it.each([
    [sqlite(13), 'STORAGE_DISK_FULL'],
    [sqlite(4874), 'STORAGE_DISK_FULL'],
    [sqlite(778), 'STORAGE_IO_INVALID'],
    [sqlite(8), 'STORAGE_IO_INVALID'],
    [sqlite(14), 'STORAGE_IO_INVALID'],
    [sqlite(5), 'STORAGE_LOCKED'],
    [sqlite(11), 'STORAGE_CORRUPT'],
    [sqlite(26), 'STORAGE_CORRUPT'],
    [Object.assign(new Error('x'), { code: 'ENOSPC' }), 'STORAGE_DISK_FULL'],
    [Object.assign(new Error('x'), { code: 'EACCES' }), 'STORAGE_IO_INVALID'],
  ])('%o becomes %s', (cause, code) => {
    expect(toStorageError(cause)).toMatchObject({ code, cause });
  });

  it('that are bugs stay what they are', () => {
    for (const bug of [sqlite(19), new TypeError('x'), 'text']) expect(toStorageError(bug)).toBe(bug);
  });
});

describe('migrations', () => {
  const networkId = toHash('ab'.repeat(32));
  const [first] = MIGRATIONS.node as readonly [string];
  const open = (...migrations: string[]) => openDatabase({ dataDir, role: 'node', networkId, migrations });
  const version = (database: SqliteDatabase) => database.get('PRAGMA user_version');
  const visit = (migrations: string[], look: (database: SqliteDatabase) => void) => {
    const { database, lock } = open(...migrations);
    look(database);
    database.close();
    lock?.release();
  };

  it('bring older data up to date, step by step', () => {
    visit([first], (database) => expect(version(database)).toEqual({ user_version: 1 }));
    const later = [first, 'CREATE TABLE a (x)', "INSERT INTO a VALUES (5); INSERT INTO meta VALUES ('seen', 1)"];
    visit(later, (database) => {
      expect(version(database)).toEqual({ user_version: 3 });
      expect(database.get('SELECT x FROM a')).toEqual({ x: 5 });
      expect(readMeta(database, 'network')).toBe(networkId);
    });
    visit(later, (database) => expect(database.all('SELECT x FROM a').length).toBe(1));
  });

  it('that fail half-way leave the version before', () => {
    visit([first], () => {});
    expect(() => open(first, 'CREATE TABLE a (x)', 'no SQL')).toThrow();
    visit([first], (database) => expect(database.all("SELECT * FROM sqlite_schema WHERE name = 'a'")).toEqual([]));
  });
});
