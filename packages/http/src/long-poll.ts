import type { ServerResponse } from 'node:http';
import type { HttpBounds } from './options.ts';
import { httpError } from './problem.ts';
import type { ResponseDeadlines } from './response-deadlines.ts';

/** Runs requests that wait for something to happen: bounded in number and time, ended when the client leaves. */
export class LongPolls {
  readonly #bounds: HttpBounds;
  readonly #deadlines: ResponseDeadlines;
  readonly #waiting = new Set<AbortController>();

  constructor(bounds: HttpBounds, dependencies: { readonly deadlines: ResponseDeadlines }) {
    this.#bounds = bounds;
    this.#deadlines = dependencies.deadlines;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /**
   * @param work resolves with what there is when its signal aborts; it never has to throw for that.
   * @throws HTTP_WAITERS_EXCEEDED
   */
  async run<T>(response: ServerResponse, waitMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (this.#waiting.size >= this.#bounds.waitersMax) {
      throw httpError('HTTP_WAITERS_EXCEEDED', `${this.#bounds.waitersMax} requests wait already`);
    }
    const boundedMs = Math.min(waitMs, this.#bounds.waitMsMax);
    this.#deadlines.set(response, boundedMs + this.#bounds.responseTimeoutMs);
    const controller = new AbortController();
    const abort = () => controller.abort();
    const timer = setTimeout(abort, boundedMs);
    response.once('close', abort);
    this.#waiting.add(controller);
    try {
      return await work(controller.signal);
    } finally {
      clearTimeout(timer);
      response.off('close', abort);
      this.#waiting.delete(controller);
    }
  }

  /** Ends all waits: each is answered with what there is. */
  stop(): void {
    for (const controller of this.#waiting) controller.abort();
  }
}
