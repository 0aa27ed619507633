import { closeSync, fsyncSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { CairnError, hasCode } from '@cairn/primitives';
import { makeDirectory } from './make-directory.ts';
import { toStorageError } from './sqlite-error.ts';

/**
 * One running instance per data directory. The lock is the operating system's, held through SQLite on a file of its own,
 * so it ends with the process however that ends; the process id stands beside it for people.
 */
export class DataDirLock {
  readonly #database: DatabaseSync;
  readonly #pidPath: string;

  private constructor(database: DatabaseSync, pidPath: string) {
    this.#database = database;
    this.#pidPath = pidPath;
  }

  /** Makes the directory when it is missing. @throws STORAGE_LOCKED, STORAGE_IO_INVALID, STORAGE_DISK_FULL */
  static acquire(dataDir: string): DataDirLock {
    const pidPath = join(dataDir, 'cairn.pid');
    let database: DatabaseSync | undefined;
    try {
      makeDirectory(dataDir);
      database = new DatabaseSync(join(dataDir, 'lock.sqlite'), { timeout: 0 });
      // A lock in memory only: the file stays empty, so a full disk does not keep a member from starting.
      database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
      writePid(pidPath);
      return new DataDirLock(database, pidPath);
    } catch (cause) {
      database?.close();
      const error = toStorageError(cause);
      throw hasCode(error, 'STORAGE_LOCKED') ? lockedBy(pidPath, error) : error;
    }
  }

  release(): void {
    rmSync(this.#pidPath, { force: true });
    if (this.#database.isOpen) this.#database.close();
  }
}

/** The directory entry of a new file is durable only once the directory itself is synced. */
export function syncDirectory(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function writePid(path: string): void {
  try {
    writeFileSync(path, `${process.pid}\n`, { mode: 0o600 });
  } catch (cause) {
    // The number only serves the message: its absence must not stop a member whose disk is full.
    if ((cause as { code?: string }).code !== 'ENOSPC') throw cause;
  }
}

function lockedBy(pidPath: string, cause: CairnError): CairnError {
  const pid = readPid(pidPath);
  const owner = pid === null ? 'another process' : `process ${pid}`;
  return new CairnError('STORAGE_LOCKED', `the data directory is in use by ${owner}`, pid === null ? {} : { pid }, {
    cause,
  });
}

function readPid(path: string): number | null {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    return Number.isSafeInteger(pid) && pid > 0 ? pid : null;
  } catch {
    return null;
  }
}
