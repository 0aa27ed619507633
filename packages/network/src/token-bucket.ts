/** A budget that refills with time: `perSecond` on average, twice that at once. */
export class TokenBucket {
  readonly #perMs: number;
  readonly #burst: number;
  #tokens: number;
  #atMs: number;

  constructor({ perSecond, nowMs }: { perSecond: number; nowMs: number }) {
    this.#perMs = perSecond / 1000;
    this.#burst = perSecond * 2;
    this.#tokens = this.#burst;
    this.#atMs = nowMs;
  }

  /** @returns whether `amount` was within the budget; takes nothing when it was not. */
  take(amount: number, nowMs: number): boolean {
    this.#refill(nowMs);
    if (this.#tokens < amount) return false;
    this.#tokens -= amount;
    return true;
  }

  /** Takes `amount` in any case. @returns the milliseconds until the budget is balanced again, 0 when it is. */
  spend(amount: number, nowMs: number): number {
    this.#refill(nowMs);
    this.#tokens -= amount;
    return this.#tokens >= 0 ? 0 : Math.ceil(-this.#tokens / this.#perMs);
  }

  #refill(nowMs: number): void {
    const elapsedMs = Math.max(0, nowMs - this.#atMs);
    this.#atMs = nowMs;
    this.#tokens = Math.min(this.#burst, this.#tokens + elapsedMs * this.#perMs);
  }
}
