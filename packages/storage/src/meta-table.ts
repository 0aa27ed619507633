import type { SqliteDatabase } from './sqlite-database.ts';

/** @returns null when the key was never written. */
export function readMeta(database: SqliteDatabase, key: string): string | number | null {
  return database.get<{ value: string | number }>('SELECT value FROM meta WHERE key = ?', key)?.value ?? null;
}

export function writeMeta(database: SqliteDatabase, key: string, value: string | number): void {
  database.run('INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value', key, value);
}
