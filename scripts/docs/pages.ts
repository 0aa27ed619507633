import { readErrorTables } from './error-tables.ts';
import { errorsPage } from './errors-page.ts';

/** @returns every page of docs/ that is generated from code: its path from the top, and its text. */
export async function generatedPages(root: string): Promise<ReadonlyMap<string, string>> {
  return new Map([['docs/errors.md', errorsPage(await readErrorTables(root))]]);
}
