import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { parseSimArguments, type SimArguments } from './arguments.ts';
import { KeptState } from './kept-state.ts';
import { progressText } from './progress-line.ts';
import { addSummaries, asJson, EMPTY_SUMMARY } from './summary.ts';
import { runRange, runVolume } from './volume.ts';

// Small and quiet: what is tested is the adding up.
const limits = { memberCount: 4, heights: 1, faults: [], behaviours: [], isRealFrost: false };
const range = { firstSeed: 1, lastSeed: 25, limits, without: [] };
const volume = { workers: 1, isStopped: () => false, onProgress: () => {} };

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

it('adds up the same on one thread and on several', { timeout: 60_000 }, async () => {
  const seen: number[] = [];
  const onProgress = ({ seeds }: { seeds: number }) => seen.push(seeds);
  const onWorkers = await runVolume(range, { ...volume, workers: 2, onProgress });
  expect(onWorkers).toEqual(runRange(range));
  expect(onWorkers).toMatchObject({ seeds: 25, realFrostSeeds: 0, members: { 4: 25 }, failures: [] });
  expect(seen.at(-1)).toBe(25);
});

it('ends after the chunk under way, and goes on from there', { timeout: 60_000 }, async () => {
  let isStopped = false;
  const stopped = await runVolume(range, {
    ...volume,
    isStopped: () => isStopped,
    onProgress: () => {
      isStopped = true;
    },
  });
  expect(stopped.seeds).toBe(10);
  const rest = await runVolume({ ...range, firstSeed: 11 }, volume);
  expect(addSummaries(stopped, rest)).toEqual(runRange(range));
});

it('keeps how far it is, and refuses the file of another run', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cairn-sim-'));
  folders.push(folder);
  const file = join(folder, 'state.json');
  const asked = (...more: string[]) =>
    parseSimArguments(['--seeds', '1..9', '--resume', file, ...more], 1) as SimArguments;
  const state = { summary: { ...EMPTY_SUMMARY, seeds: 5 }, took: { elapsedMs: 7, cpuMs: 8 } };
  new KeptState(asked()).keep(state);
  expect(new KeptState(asked()).before).toEqual(state);
  expect(() => new KeptState(asked('--nodes', '7'))).toThrow('other options');
});

it('says how far it is, and what it came to', () => {
  const soFar = { ...EMPTY_SUMMARY, seeds: 50, heights: 500, virtualMs: 90_000 };
  expect(progressText(soFar, 650, 10_000)).toBe('50/650 seeds, 0 failed, 500 heights, 5.0 seeds/s, 2.0 min left');
  expect(JSON.parse(asJson(soFar, { elapsedMs: 10_000, cpuMs: 0 }))).toMatchObject({
    seeds: 50,
    virtualSeconds: 90,
    heightsPerSecond: 50,
    violations: [],
  });
});
