/**
 * `pnpm bench NAME [--json] [--seconds N]`: runs NAME.bench.ts of whichever room has it; without a name it lists them.
 * Each prints a table for people, and with --json one JSON object on its last line.
 */
import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const files = globSync(['{node,aggregator,packages/*}/bench/*.bench.ts', 'test/bench/*.bench.ts'], { cwd: root });
const byName = new Map(files.map((file) => [basename(file, '.bench.ts'), file]));
const [name = '--help', ...args] = process.argv.slice(2);
const file = byName.get(name);

if (file === undefined) {
  const list = [...byName].sort().map(([known, path]) => `  ${known.padEnd(10)} ${path}`);
  console.log(`pnpm bench NAME [--json] [--seconds N], where NAME is one of\n${list.join('\n')}`);
  process.exitCode = name === '--help' ? 0 : 2;
} else {
  const child = spawn(process.execPath, [join(root, file), ...args], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  child.once('exit', (code) => {
    process.exitCode = code ?? 1;
  });
}
