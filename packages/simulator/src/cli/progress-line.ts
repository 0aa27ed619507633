import type { Summary } from './summary.ts';

/** A line this often; in a terminal it overwrites the one before. */
const EVERY_MS = 10_000;
const EVERY_MS_TERMINAL = 500;

/** Says now and then how far a run is, how quick, and when it will be done. */
export class ProgressLine {
  readonly #seedCount: number;
  readonly #say: (line: string) => void;
  readonly #startedMs = performance.now();
  #shownMs = performance.now();

  constructor(seedCount: number, say: (line: string) => void) {
    this.#seedCount = seedCount;
    this.#say = say;
  }

  get elapsedMs(): number {
    return performance.now() - this.#startedMs;
  }

  /** @returns whether it was time for a line. */
  show(soFar: Summary): boolean {
    const { isTTY } = process.stderr;
    if (performance.now() - this.#shownMs < (isTTY ? EVERY_MS_TERMINAL : EVERY_MS)) return false;
    this.#shownMs = performance.now();
    const line = progressText(soFar, this.#seedCount, this.elapsedMs);
    if (isTTY) process.stderr.write(`\r${line}  `);
    else this.#say(line);
    return true;
  }
}

/** @param seedCount of the whole run. */
export function progressText(soFar: Summary, seedCount: number, elapsedMs: number): string {
  const rate = soFar.seeds / Math.max(0.001, elapsedMs / 1000);
  const leftMin = rate > 0 ? ((seedCount - soFar.seeds) / rate / 60).toFixed(1) : '?';
  return [
    `${soFar.seeds}/${seedCount} seeds`,
    `${soFar.failures.length} failed`,
    `${soFar.heights} heights`,
    `${rate.toFixed(1)} seeds/s`,
    `${leftMin} min left`,
  ].join(', ');
}
