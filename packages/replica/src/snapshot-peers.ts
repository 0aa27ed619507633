import type { MemberIndex } from '@cairn/primitives';

/** Questions under way at once. */
const ASKS_MAX = 4;
const RETRY_MS_MIN = 500;
const RETRY_MS_MAX = 10_000;
/** Offers of one peer that nobody has a chunk of, before it is believed to lie. */
const EMPTY_OFFERS_MAX = 3;

interface PeerState {
  isBusy: boolean;
  failures: number;
  notBeforeMs: number;
  askedAt: number;
  emptyOffers: number;
  /** It proved that it lies: never asked again. */
  fault: string | null;
  reason: string;
}

/** Whom a syncing node asks, whom it leaves alone for a while, and whom for ever. */
export class SnapshotPeers {
  readonly #states = new Map<MemberIndex, PeerState>();
  #turn = 0;

  /** @returns the peer to ask next: whoever was not asked for longest; null when all are busy, waiting or dropped. */
  next(peers: readonly MemberIndex[], atMs: number, isUseful: (peer: MemberIndex) => boolean): MemberIndex | null {
    const busy = [...this.#states.values()].filter(({ isBusy }) => isBusy).length;
    if (busy >= ASKS_MAX) return null;
    const free = peers.filter((peer) => {
      const { isBusy, fault, notBeforeMs } = this.#of(peer);
      return !isBusy && fault === null && notBeforeMs <= atMs && isUseful(peer);
    });
    return free.sort((a, b) => this.#of(a).askedAt - this.#of(b).askedAt || a - b)[0] ?? null;
  }

  begin(peer: MemberIndex): void {
    const state = this.#of(peer);
    state.isBusy = true;
    state.askedAt = ++this.#turn;
  }

  /** It gave something of use. */
  helped(peer: MemberIndex): void {
    Object.assign(this.#of(peer), { isBusy: false, failures: 0, notBeforeMs: 0 });
  }

  /** It gave nothing, and may have something later. */
  failed(peer: MemberIndex, reason: string, atMs: number): void {
    const state = this.#of(peer);
    const delayMs = Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** Math.min(state.failures, 8));
    Object.assign(state, { isBusy: false, failures: state.failures + 1, notBeforeMs: atMs + delayMs, reason });
  }

  /** It lied. */
  drop(peer: MemberIndex, fault: string): void {
    Object.assign(this.#of(peer), { isBusy: false, fault, reason: fault });
  }

  /** Nobody has a chunk of what it offered. */
  countEmptyOffer(peer: MemberIndex): void {
    const state = this.#of(peer);
    state.emptyOffers += 1;
    if (state.emptyOffers >= EMPTY_OFFERS_MAX) this.drop(peer, 'offers what nobody has');
  }

  isDropped(peer: MemberIndex): boolean {
    return this.#of(peer).fault !== null;
  }

  /** Of each peer that was asked: what it did last. */
  reasons(): ReadonlyMap<MemberIndex, string> {
    return new Map([...this.#states].sort(([a], [b]) => a - b).map(([peer, { reason }]) => [peer, reason]));
  }

  #of(peer: MemberIndex): PeerState {
    let state = this.#states.get(peer);
    if (state === undefined) {
      state = {
        isBusy: false,
        failures: 0,
        notBeforeMs: 0,
        askedAt: 0,
        emptyOffers: 0,
        fault: null,
        reason: 'not asked yet',
      };
      this.#states.set(peer, state);
    }
    return state;
  }
}
