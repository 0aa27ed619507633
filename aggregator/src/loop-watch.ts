const PERIOD_MS = 250;
const REMEMBERED_PERIODS = 40;

/** How late timers of this thread fired within the last ten seconds. */
export class LoopWatch {
  readonly #late: number[] = [];
  readonly #timer: NodeJS.Timeout;
  #expectedMs = performance.now() + PERIOD_MS;

  constructor() {
    this.#timer = setInterval(() => this.#tick(), PERIOD_MS);
    this.#timer.unref();
  }

  get lateMsMax(): number {
    return Math.max(0, ...this.#late);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    const nowMs = performance.now();
    this.#late.push(Math.max(0, nowMs - this.#expectedMs));
    if (this.#late.length > REMEMBERED_PERIODS) this.#late.shift();
    this.#expectedMs = nowMs + PERIOD_MS;
  }
}
