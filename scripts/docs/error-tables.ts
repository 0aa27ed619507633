import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

export interface ErrorText {
  readonly meaning: string;
  readonly remedy: string;
}

export interface ErrorTable {
  /** The room whose src/errors.ts holds the table; `setup` for the scripts. */
  readonly room: string;
  readonly codes: Readonly<Record<string, ErrorText>>;
}

/** @returns the `*_ERRORS` table of every room that has one, sorted by room. */
export async function readErrorTables(root: string): Promise<ErrorTable[]> {
  const rooms = readdirSync(join(root, 'packages')).map((name) => [name, `packages/${name}/src/errors.ts`] as const);
  const candidates = [
    ...rooms,
    ['aggregator', 'aggregator/src/errors.ts'] as const,
    ['node', 'node/src/errors.ts'] as const,
    ['setup', 'scripts/setup-errors.mjs'] as const,
  ];
  const tables: ErrorTable[] = [];
  for (const [room, path] of candidates) {
    const file = join(root, path);
    if (!existsSync(file)) continue;
    const exports: Record<string, unknown> = await import(pathToFileURL(file).href);
    const found = Object.entries(exports).filter(([name]) => name.endsWith('_ERRORS'));
    if (found.length === 0) continue;
    tables.push({ room, codes: Object.assign({}, ...found.map(([, table]) => table)) });
  }
  return tables.sort((a, b) => (a.room < b.room ? -1 : 1));
}
