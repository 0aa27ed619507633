// Goal: real processes keep what they must keep, whatever happens to them and between them. Method: a few rounds of
// `pnpm faults`, of seeds whose rounds are short; many more rounds are for the command.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { findEnclosure } from './enclosure.ts';
import type { FaultSummary } from './summary.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
/** Half a minute alone; other tests and slower machines need more. */
const RUN_MS = 400_000;
const LIMITS = { timeout: RUN_MS + 20_000 };
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

function expectSound(summary: FaultSummary, faults: Readonly<Record<string, number>>): void {
  expect(summary.violations).toEqual([]);
  expect(summary.faults).toMatchObject(faults);
  expect(summary.accepted).toBeGreaterThan(0);
  // every member, before, in and after every round
  expect(summary.journals).toBeGreaterThan(8 * summary.rounds);
}

test('a member killed while it starts, and a full disk or no quorum, joined by relays', LIMITS, async () => {
  const other = missing === null ? 'disk-full' : 'split';
  const summary = await run(['--seed', '89', '--rounds', '2', '--wiring', 'relay', '--kinds', `restart-loop,${other}`]);
  expectSound(summary, { 'restart-loop': 1, [other]: 1 });
});

const title = missing === null ? '' : ` (skipped: this machine allows no network namespaces or mounts: ${missing})`;
test.skipIf(missing !== null)(`a partition between network namespaces${title}`, LIMITS, async () => {
  const summary = await run(['--seed', '36', '--rounds', '1', '--wiring', 'namespaces', '--kinds', 'split']);
  expectSound(summary, { split: 1 });
});
