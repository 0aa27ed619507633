import type { MemberIndex } from '@cairn/primitives';

/**
 * Spaces the answers to late TimeoutVotes. An answer may itself be one: two members that both moved on would answer each
 * other for ever, and on a network that doubles packets without bound.
 */
export class LateAnswers {
  readonly #intervalMs: number;
  readonly #answeredAtMs = new Map<MemberIndex, number>();

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  /** Whether this member may be answered now; then it counts as answered. */
  take(member: MemberIndex, atMs: number): boolean {
    const answeredAtMs = this.#answeredAtMs.get(member);
    // A clock that was set back starts the interval anew.
    const isSoon = answeredAtMs !== undefined && Math.abs(atMs - answeredAtMs) < this.#intervalMs;
    if (!isSoon) this.#answeredAtMs.set(member, atMs);
    return !isSoon;
  }
}
