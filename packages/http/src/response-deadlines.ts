import type { ServerResponse } from 'node:http';

const SWEEP_MS = 250;

/**
 * Cuts off responses that are not read in time. One timer for all, outside the path that a stalled client could hold up.
 * Bounded by the connections of the server.
 */
export class ResponseDeadlines {
  readonly #deadlines = new Map<ServerResponse, number>();
  readonly #timer: NodeJS.Timeout;

  constructor() {
    this.#timer = setInterval(() => this.#sweep(performance.now()), SWEEP_MS);
    this.#timer.unref();
  }

  /** Sets or moves the deadline of a response; `null` leaves its end to the caller. */
  set(response: ServerResponse, delayMs: number | null): void {
    if (delayMs === null) {
      this.#deadlines.delete(response);
      return;
    }
    if (!this.#deadlines.has(response)) response.once('close', () => this.#deadlines.delete(response));
    this.#deadlines.set(response, performance.now() + delayMs);
  }

  /** @returns whether the response has a deadline here: false once its end was left to the caller. */
  has(response: ServerResponse): boolean {
    return this.#deadlines.has(response);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#deadlines.clear();
  }

  #sweep(nowMs: number): void {
    for (const [response, deadlineMs] of this.#deadlines) {
      if (nowMs < deadlineMs) continue;
      response.destroy();
    }
  }
}
