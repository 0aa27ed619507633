import type { CsvRow } from './csv-readings.ts';
import type { ReadingSource, SourceClock, StationReading } from './reading-source.ts';

export interface ReplayOptions {
  /** Data seconds of one real second. */
  readonly speed: number;
  /** Begin again when the rows are through. */
  readonly loop: boolean;
}

/**
 * Plays recorded rows as if they were read now: the first row is due at once, the others at their distance from it,
 * divided by the speed; `observedAt` moves with them.
 */
export class ReplaySource implements ReadingSource {
  readonly title: string;
  readonly stations: readonly string[];
  readonly #rows: readonly CsvRow[];
  readonly #options: ReplayOptions;
  readonly #clock: SourceClock;

  /** @param rows sorted by time, at least one. */
  constructor(rows: readonly CsvRow[], options: ReplayOptions, dependencies: { readonly clock: SourceClock }) {
    this.#rows = rows;
    this.#options = options;
    this.#clock = dependencies.clock;
    this.stations = [...new Set(rows.map(({ station }) => station))].sort();
    this.title = `${rows.length} rows of ${this.stations.length} stations, at ${options.speed} times their speed`;
  }

  async *readings(signal: AbortSignal): AsyncGenerator<StationReading> {
    const first = (this.#rows[0] as CsvRow).time;
    const last = (this.#rows.at(-1) as CsvRow).time;
    const stepMs = Math.max(1, (last - first) / this.#rows.length);
    let startMs = this.#clock.nowMs();
    do {
      for (const { station, time, values } of this.#rows) {
        const observedAt = Math.round(startMs + (time - first) / this.#options.speed);
        await this.#clock.sleep(observedAt - this.#clock.nowMs(), signal);
        if (signal.aborted) return;
        yield { station, values, observedAt };
      }
      startMs += (last - first + stepMs) / this.#options.speed;
    } while (this.#options.loop);
  }
}
