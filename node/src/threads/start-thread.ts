import { enableCompileCache } from 'node:module';
import { workerData } from 'node:worker_threads';

// The cache is switched on in each thread by itself, before the first of its modules is loaded.
enableCompileCache();
await import((workerData as ThreadModule).module);

/** Part of every thread's data. */
export interface ThreadModule {
  /** URL of what the thread runs. */
  readonly module: string;
}
