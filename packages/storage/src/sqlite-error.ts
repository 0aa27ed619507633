import { CairnError } from '@cairn/primitives';
import type { StorageErrorCode } from './errors.ts';

/** Primary result codes, https://sqlite.org/rescode.html */
const CODE_OF_RESULT: Readonly<Record<number, StorageErrorCode>> = {
  3: 'STORAGE_IO_INVALID', // PERM
  5: 'STORAGE_LOCKED', // BUSY
  6: 'STORAGE_LOCKED', // LOCKED
  8: 'STORAGE_IO_INVALID', // READONLY: the file or its directory, not our own option
  10: 'STORAGE_IO_INVALID', // IOERR
  11: 'STORAGE_CORRUPT', // CORRUPT
  13: 'STORAGE_DISK_FULL', // FULL
  14: 'STORAGE_IO_INVALID', // CANTOPEN
  26: 'STORAGE_CORRUPT', // NOTADB
};

/** The index of the write-ahead log could not grow: what a full disk looks like from there. */
const IOERR_SHMSIZE = 4874;

/**
 * Turns what `node:sqlite` and `node:fs` throw into a coded error, once, at the border.
 * @returns the cause itself when it is not theirs: a coded error of ours, or a bug.
 */
export function toStorageError(cause: unknown): unknown {
  if (!(cause instanceof Error) || cause instanceof CairnError) return cause;
  const { code, errcode } = cause as { code?: string; errcode?: number };
  if (code === 'ERR_SQLITE_ERROR' && errcode !== undefined) return ofSqlite(cause, errcode);
  if (code === 'ENOSPC' || code === 'EDQUOT') return coded('STORAGE_DISK_FULL', cause, { system: code });
  if (code !== undefined && /^E[A-Z]+$/.test(code)) return coded('STORAGE_IO_INVALID', cause, { system: code });
  return cause;
}

function ofSqlite(cause: Error, result: number): unknown {
  const known = result === IOERR_SHMSIZE ? 'STORAGE_DISK_FULL' : CODE_OF_RESULT[result & 255];
  return known === undefined ? cause : coded(known, cause, { result });
}

function coded(code: StorageErrorCode, cause: Error, meta: Record<string, string | number>): CairnError {
  return new CairnError(code, cause.message, meta, { cause });
}
