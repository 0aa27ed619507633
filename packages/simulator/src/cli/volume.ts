import { Worker } from 'node:worker_threads';
import type { ForkRule } from '@cairn/consensus';
import { type PlanLimits, planOf } from '../plan.ts';
import { runPlan } from '../run-plan.ts';
import { addSummaries, EMPTY_SUMMARY, type Summary, summaryOf } from './summary.ts';

/** A range of seeds, as a worker gets it. */
export interface SeedRange {
  readonly firstSeed: number;
  readonly lastSeed: number;
  readonly limits: PlanLimits;
  readonly without: readonly ForkRule[];
}

/** Seeds that a worker takes at a time: few enough for a steady progress line. */
const CHUNK_SEEDS = 20;

export function runRange(range: SeedRange): Summary {
  let summary = EMPTY_SUMMARY;
  for (let seed = range.firstSeed; seed <= range.lastSeed; seed++) {
    const outcome = runPlan(planOf(seed, range.limits), { without: new Set(range.without) });
    summary = addSummaries(summary, summaryOf(outcome));
  }
  return summary;
}

/** Runs a range on worker threads. @param onProgress called with the sum so far after each chunk. */
export async function runParallel(
  range: SeedRange,
  workers: number,
  onProgress: (soFar: Summary) => void,
): Promise<Summary> {
  let next = range.firstSeed;
  let summary = EMPTY_SUMMARY;
  const take = (): SeedRange | null => {
    if (next > range.lastSeed) return null;
    const firstSeed = next;
    next = Math.min(next + CHUNK_SEEDS, range.lastSeed + 1);
    return { ...range, firstSeed, lastSeed: next - 1 };
  };
  const runOne = () =>
    new Promise<void>((resolve, reject) => {
      const worker = new Worker(new URL('./worker.ts', import.meta.url));
      const feed = () => worker.postMessage(take());
      worker.on('message', (part: Summary) => {
        summary = addSummaries(summary, part);
        onProgress(summary);
        feed();
      });
      worker.on('error', reject);
      worker.on('exit', () => resolve());
      feed();
    });
  await Promise.all(Array.from({ length: workers }, runOne));
  return summary;
}
