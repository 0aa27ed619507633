import type { MemberIndex } from '@cairn/primitives';

/** A bucket per member, full for one second's worth. Members are few, so it needs no bound of its own. */
export class PeerBudget {
  readonly #perSecond: number;
  readonly #now: () => number;
  readonly #levels = new Map<MemberIndex, { level: number; atMs: number }>();

  constructor(options: { readonly perSecond: number }, dependencies: { readonly now: () => number }) {
    this.#perSecond = options.perSecond;
    this.#now = dependencies.now;
  }

  /** @returns whether the member may have one more. */
  take(member: MemberIndex): boolean {
    const atMs = this.#now();
    const known = this.#levels.get(member) ?? { level: this.#perSecond, atMs };
    const gained = (Math.max(0, atMs - known.atMs) / 1000) * this.#perSecond;
    const level = Math.min(this.#perSecond, known.level + gained);
    this.#levels.set(member, { level: level >= 1 ? level - 1 : level, atMs });
    return level >= 1;
  }
}
