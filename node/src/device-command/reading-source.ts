import type { UnixMs } from '@cairn/primitives';

/** One observation of one station, scaled by the feed's exponents. */
export interface StationReading {
  readonly station: string;
  readonly values: readonly number[];
  readonly observedAt: UnixMs;
}

/** Where readings come from. */
export interface ReadingSource {
  /** For people: what this source reads. */
  readonly title: string;
  /** Every station there will be: each gets a key of its own. */
  readonly stations: readonly string[];
  /** Gives readings when they are due, in order, until it has none left or `signal` aborts. */
  readings(signal: AbortSignal): AsyncGenerator<StationReading>;
}

/** Time, as sources see it; tests give a clock that jumps. */
export interface SourceClock {
  nowMs(): UnixMs;
  /** Resolves after `ms`, or as soon as `signal` aborts; never rejects. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}
