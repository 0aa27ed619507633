import { Worker } from 'node:worker_threads';
import type { Target } from '../target.ts';
import { describeError, type Finding, type TargetResult } from './finding.ts';
import type { RunOptions } from './run-target.ts';
import type { TargetWorkerData } from './target-worker.ts';

export interface SuperviseOptions extends Omit<RunOptions, 'onInput'> {
  /** One input that takes longer is a hang. */
  readonly hangMs?: number;
  /** Told now and then how many inputs were taken. */
  readonly onProgress?: (inputs: number) => void;
}

const HANG_MS = 20_000;
const LOOK_MS = 500;
/** Of the target's thread: beyond it the thread ends, which is a finding. */
const HEAP_MB_MAX = 1536;

/** Runs a target in a thread of its own, so that neither a hang nor a full heap ends the run. */
export async function supervise(
  target: Pick<Target, 'name' | 'share'>,
  options: SuperviseOptions,
): Promise<TargetResult> {
  const { hangMs = HANG_MS, onProgress, ...run } = options;
  const current = new Int32Array(new SharedArrayBuffer(4)).fill(-1);
  const data: TargetWorkerData = { target: target.name, options: run, progress: current.buffer as SharedArrayBuffer };
  const startedMs = performance.now();
  const worker = new Worker(new URL('./target-worker.ts', import.meta.url), {
    workerData: data,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB_MAX },
    stdout: true,
  });
  const done = Promise.withResolvers<TargetResult>();
  const failed = (kind: Finding['kind'], detail: string) => {
    const index = Math.max(0, current[0] as number);
    const finding = { target: target.name, kind, seed: run.seed, index, detail, input: null, minimal: null };
    done.resolve({ ...NOTHING, target: target.name, inputs: index, findings: [finding] });
  };
  worker.on('message', (result: TargetResult) => done.resolve(result));
  worker.on('error', (error) => failed('died', describeError(error)));
  worker.on('exit', (code) => failed('died', `the thread ended with code ${code}`));
  const watch = watchOver(current, { hangMs, onHang: () => failed('hang', `no end after ${hangMs} ms`), onProgress });
  const result = await done.promise;
  clearInterval(watch);
  await worker.terminate();
  return { ...result, elapsedMs: performance.now() - startedMs };
}

const NOTHING = { accepted: 0, slowestMs: 0, heapGrowthBytes: 0, elapsedMs: 0, repeats: 0 };

function watchOver(
  current: Int32Array,
  watch: {
    readonly hangMs: number;
    readonly onHang: () => void;
    readonly onProgress: ((inputs: number) => void) | undefined;
  },
): NodeJS.Timeout {
  let seen = -1;
  let sinceMs = performance.now();
  return setInterval(() => {
    const index = current[0] as number;
    const nowMs = performance.now();
    if (index !== seen) {
      seen = index;
      sinceMs = nowMs;
    } else if (index >= 0 && nowMs - sinceMs > watch.hangMs) watch.onHang();
    watch.onProgress?.(index + 1);
  }, LOOK_MS);
}
