import { parentPort } from 'node:worker_threads';
import { runRange, type SeedRange } from './volume.ts';

/** One thread of a volume run: takes ranges until there are none. */
parentPort?.on('message', (range: SeedRange | null) => {
  if (range === null) parentPort?.close();
  else parentPort?.postMessage(runRange(range));
});
