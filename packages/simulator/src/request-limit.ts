import type { MemberIndex } from '@cairn/primitives';

const WINDOW_MS = 500;
const PER_WINDOW_MAX = 8;

/** As the network's request server does: a peer that asks too much is not answered. */
export class RequestLimit {
  readonly #asked = new Map<MemberIndex, { readonly window: number; readonly count: number }>();

  take(from: MemberIndex, atMs: number): boolean {
    const window = Math.floor(atMs / WINDOW_MS);
    const asked = this.#asked.get(from);
    const count = asked?.window === window ? asked.count + 1 : 1;
    this.#asked.set(from, { window, count });
    return count <= PER_WINDOW_MAX;
  }
}
