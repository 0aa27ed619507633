import { parentPort, workerData } from 'node:worker_threads';
import { targetsOf } from '../registry.ts';
import { type RunOptions, runTarget } from './run-target.ts';

/** What the thread of one target is started with. */
export interface TargetWorkerData {
  readonly target: string;
  readonly options: Omit<RunOptions, 'onInput'>;
  /** One number: the index of the input that is being taken. */
  readonly progress: SharedArrayBuffer;
}

const { target: name, options, progress } = workerData as TargetWorkerData;
const current = new Int32Array(progress);
const [target] = await targetsOf(name);
if (target === undefined) throw new Error(`no target ${name}`);
const onInput = (index: number) => {
  current[0] = index;
};
parentPort?.postMessage(await runTarget(target, { ...options, onInput }));
