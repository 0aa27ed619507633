import { statSync } from 'node:fs';
import { databasePath } from './open-database.ts';

/** Bytes on disk, as of now; 0 for what is not there. */
export interface StorageSize {
  readonly databaseBytes: number;
  /** What was written and is not yet in the database file. */
  readonly logBytes: number;
}

/** @returns how much of the disk the store in this directory takes. */
export function storageSize(dataDir: string): StorageSize {
  const path = databasePath(dataDir);
  return { databaseBytes: bytesOf(path), logBytes: bytesOf(`${path}-wal`) };
}

function bytesOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
