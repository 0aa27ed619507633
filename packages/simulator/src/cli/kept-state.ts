import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { SimArguments } from './arguments.ts';
import { EMPTY_SUMMARY, type Summary, type Took } from './summary.ts';

/** How far a run is: the sum of its first seeds, and what they took. */
export interface RunState {
  readonly summary: Summary;
  readonly took: Took;
}

/** The file of `--resume`: a run that was stopped or killed goes on from it. */
export class KeptState {
  readonly before: RunState;
  readonly #file: string | null;
  readonly #asked: string;

  /** @throws Error when the file is of a run that was asked for otherwise. */
  constructor({ stateFile, firstSeed, limits, without }: SimArguments) {
    this.#file = stateFile;
    this.#asked = JSON.stringify({ firstSeed, limits, without });
    this.before = this.#read() ?? { summary: EMPTY_SUMMARY, took: { elapsedMs: 0, cpuMs: 0 } };
  }

  keep(state: RunState): void {
    if (this.#file === null) return;
    // Whole, or the one before: a run may be killed here.
    writeFileSync(`${this.#file}.new`, JSON.stringify({ asked: this.#asked, ...state }));
    renameSync(`${this.#file}.new`, this.#file);
  }

  #read(): RunState | null {
    if (this.#file === null || !existsSync(this.#file)) return null;
    const { asked, summary, took } = JSON.parse(readFileSync(this.#file, 'utf8')) as RunState & { asked: string };
    if (asked !== this.#asked) throw new Error(`${this.#file} is of a run with other options: ${asked}`);
    return { summary, took };
  }
}
