import type { UnixMs } from '@cairn/primitives';

/** What the client needs of its surroundings. Browsers and Node have all of it; tests pass their own. */
export interface Platform {
  readonly fetch: typeof fetch;
  /** Needed for `maxAgeMs` only. */
  readonly nowMs?: () => UnixMs;
  /** Resolves after `ms`, or as soon as `signal` aborts; never rejects. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** What stands for the parts that were not passed. Its sleep does not keep a Node process alive by itself. */
export const defaultPlatform: Platform = {
  fetch: (...request) => globalThis.fetch(...request),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) resolve();
      else
        AbortSignal.any([signal, AbortSignal.timeout(ms)]).addEventListener('abort', () => resolve(), { once: true });
    }),
};
