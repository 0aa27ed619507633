/** `pnpm run ratchet`: records what became shorter. It never records what became longer; that is the test's business. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { measure, type Sizes } from './sizes.ts';
import { readSources, root } from './source-tree.ts';

const path = join(root, 'test/tidy/file-sizes.json');
const recorded: Sizes = JSON.parse(readFileSync(path, 'utf8'));
const measured = measure(readSources());
const kept = Object.entries(recorded)
  .filter(([name]) => name in measured)
  .map(([name, lines]) => [name, Math.min(lines, measured[name]!)]);
writeFileSync(path, `${JSON.stringify(Object.fromEntries(kept), null, 2)}\n`);
