import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const FILES = ['cairn.sqlite', 'cairn.sqlite-wal'];

/**
 * Copies the database of a process that does not run as its death left it, and folds the log of the copy into it: the
 * original stays for the process to recover by itself. @returns whether there was a database.
 */
export function copyDatabase(dataDir: string, copyDir: string): boolean {
  rmSync(copyDir, { recursive: true, force: true });
  mkdirSync(copyDir, { recursive: true });
  for (const file of FILES) {
    if (existsSync(join(dataDir, file))) copyFileSync(join(dataDir, file), join(copyDir, file));
  }
  if (!existsSync(join(copyDir, 'cairn.sqlite'))) return false;
  const database = new DatabaseSync(join(copyDir, 'cairn.sqlite'));
  try {
    database.prepare('SELECT count(*) FROM sqlite_schema').get();
  } finally {
    database.close();
  }
  return true;
}
