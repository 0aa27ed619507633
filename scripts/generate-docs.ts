/** `pnpm run docs`: writes the pages of docs/ that are generated from code. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generatedPages } from './docs/pages.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
for (const [path, text] of await generatedPages(root)) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
