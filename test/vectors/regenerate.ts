/** `pnpm vectors` compares every golden file of the formats with the code; `--write` writes them. The diff is the review. */
import { readFileSync, writeFileSync } from 'node:fs';
import { FORMATS, vectorText } from './formats.ts';

const USAGE = `pnpm vectors [--write]

Compares every golden file of the formats with what the code makes; ends with 1 when one differs.

  --write  writes what differs`;

const [option] = process.argv.slice(2);
if (option !== undefined && option !== '--write') {
  process.stdout.write(`${USAGE}\n`);
  process.exit(option === '--help' ? 0 : 2);
}
const isWriting = option === '--write';
const changed = Object.entries(FORMATS).filter(([file, make]) => {
  const url = new URL(file, import.meta.url);
  const text = vectorText(make());
  if (text === stored(url)) return false;
  if (isWriting) writeFileSync(url, text);
  return true;
});
for (const [file] of changed) console.log(`${isWriting ? 'wrote' : 'differs'} test/vectors/${file}`);
if (changed.length === 0) console.log(`${Object.keys(FORMATS).length} files are as the code makes them`);
process.exitCode = isWriting || changed.length === 0 ? 0 : 1;

function stored(url: URL): string | undefined {
  try {
    return readFileSync(url, 'utf8');
  } catch {
    return undefined;
  }
}
