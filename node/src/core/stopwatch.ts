/** Measures what it is given to run, and keeps the times until they are asked for. */
export class Stopwatch {
  #seconds: number[] = [];

  /** @returns what the task returns; a task that throws is not counted. */
  readonly measure = <T>(task: () => T): T => {
    const startedAt = performance.now();
    const result = task();
    this.#seconds.push((performance.now() - startedAt) / 1000);
    return result;
  };

  /** @returns the times since the last call. */
  readonly take = (): readonly number[] => {
    const seconds = this.#seconds;
    this.#seconds = [];
    return seconds;
  };
}
