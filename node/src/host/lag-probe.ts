const INTERVAL_MS = 500;

/** How late a timer of this thread last was; keeps no process alive. */
export class LagProbe {
  #expectedAt = performance.now() + INTERVAL_MS;
  #lagMs = 0;
  readonly #timer = setInterval(() => {
    const at = performance.now();
    this.#lagMs = Math.max(0, at - this.#expectedAt);
    this.#expectedAt = at + INTERVAL_MS;
  }, INTERVAL_MS).unref();

  get lagMs(): number {
    return Math.max(this.#lagMs, performance.now() - this.#expectedAt);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
