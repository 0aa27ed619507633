// Goal: real processes keep what they must keep, whatever happens to them and between them. Method: a few rounds of
// `pnpm faults`; many more rounds are for the command.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { findEnclosure } from './enclosure.ts';
import type { FaultSummary } from './summary.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
/** A minute alone; other tests and slower machines need more. */
const RUN_MS = 400_000;
const enclosure = findEnclosure();
const missing = 'missing' in enclosure ? enclosure.missing : null;

async function run(args: readonly string[]): Promise<FaultSummary> {
  const { stdout, stderr } = await new Promise<{ stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [MAIN, '--json', ...args], { timeout: RUN_MS }, (_, out, err) =>
      resolve({ stdout: out, stderr: err }),
    );
  });
  const line = stdout.trim().split('\n').at(-1);
  expect(line, stderr).not.toBe('');
  return JSON.parse(line as string) as FaultSummary;
}

test('members killed and cut off, joined by relays', { timeout: RUN_MS + 20_000 }, async () => {
  const summary = await run(['--seed', '1', '--rounds', '2', '--wiring', 'relay', '--kinds', 'restart-loop,split']);
  expect(summary.violations).toEqual([]);
  expect(summary).toMatchObject({ rounds: 2, faults: { 'restart-loop': 1, split: 1 } });
  expect(summary.accepted).toBeGreaterThan(0);
});

const title = missing === null ? '' : ` (skipped: this machine allows no network namespaces or mounts: ${missing})`;
test.skipIf(missing !== null)(
  `a full disk and a partition between namespaces${title}`,
  { timeout: RUN_MS + 20_000 },
  async () => {
    const args = ['--seed', '2', '--rounds', '2', '--wiring', 'namespaces', '--kinds', 'disk-full,cut'];
    const summary = await run(args);
    expect(summary.violations).toEqual([]);
    expect(summary).toMatchObject({ rounds: 2, faults: { 'disk-full': 1, cut: 1 } });
    expect(summary.accepted).toBeGreaterThan(0);
  },
);
