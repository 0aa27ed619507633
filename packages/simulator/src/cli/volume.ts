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

/** Seeds that a worker takes at a time: few enough for a steady progress line, and to stop soon. */
const CHUNK_SEEDS = 10;

export function runRange(range: SeedRange): Summary {
  let summary = EMPTY_SUMMARY;
  for (let seed = range.firstSeed; seed <= range.lastSeed; seed++) {
    const outcome = runPlan(planOf(seed, range.limits), { without: new Set(range.without) });
    summary = addSummaries(summary, summaryOf(outcome));
  }
  return summary;
}

/** How a range is run. */
export interface Volume {
  /** Threads; 1 runs in this one. */
  readonly workers: number;
  /** Asked before each chunk; true: what is under way is finished, nothing is begun. */
  readonly isStopped: () => boolean;
  /** Called with the sum of all seeds before the first that is not done. */
  readonly onProgress: (soFar: Summary) => void;
}

/** Runs a range in chunks, on worker threads when there are several. @returns the sum, in the order of the seeds. */
export async function runVolume(range: SeedRange, volume: Volume): Promise<Summary> {
  const sum = new OrderedSum(range.firstSeed, volume.onProgress);
  let next = range.firstSeed;
  const take = (): SeedRange | null => {
    if (next > range.lastSeed || volume.isStopped()) return null;
    const firstSeed = next;
    next = Math.min(next + CHUNK_SEEDS, range.lastSeed + 1);
    return { ...range, firstSeed, lastSeed: next - 1 };
  };
  if (volume.workers > 1) await Promise.all(Array.from({ length: volume.workers }, () => runWorker(take, sum)));
  else await runHere(take, sum);
  return sum.total;
}

async function runHere(take: () => SeedRange | null, sum: OrderedSum): Promise<void> {
  for (let chunk = take(); chunk !== null; chunk = take()) {
    sum.add(chunk, runRange(chunk));
    // Lets a signal in.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function runWorker(take: () => SeedRange | null, sum: OrderedSum): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      // Nearly all that a run makes is garbage soon: the less often it is swept, the less of it is copied.
      resourceLimits: { maxYoungGenerationSizeMb: 64 },
    });
    let chunk: SeedRange | null = null;
    const feed = () => {
      chunk = take();
      worker.postMessage(chunk);
    };
    worker.on('message', (part: Summary) => {
      if (chunk !== null) sum.add(chunk, part);
      feed();
    });
    worker.on('error', reject);
    worker.on('exit', () => resolve());
    feed();
  });
}

/** Adds chunks up in the order of their seeds, whatever order they come in. */
class OrderedSum {
  total: Summary = EMPTY_SUMMARY;
  #nextSeed: number;
  readonly #early = new Map<number, { readonly part: Summary; readonly lastSeed: number }>();
  readonly #onProgress: (soFar: Summary) => void;

  constructor(firstSeed: number, onProgress: (soFar: Summary) => void) {
    this.#nextSeed = firstSeed;
    this.#onProgress = onProgress;
  }

  add({ firstSeed, lastSeed }: SeedRange, part: Summary): void {
    this.#early.set(firstSeed, { part, lastSeed });
    for (let ready = this.#early.get(this.#nextSeed); ready !== undefined; ready = this.#early.get(this.#nextSeed)) {
      this.#early.delete(this.#nextSeed);
      this.#nextSeed = ready.lastSeed + 1;
      this.total = addSummaries(this.total, ready.part);
    }
    this.#onProgress(this.total);
  }
}
