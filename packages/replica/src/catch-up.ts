import type { Authenticated, MemberIndex, UnixMs } from '@cairn/primitives';
import type { AgreementMessage } from '@cairn/protocol';

type HeightMessage = Authenticated<Exclude<AgreementMessage, { kind: 'certified-block' }>>;

/** Messages of the height after next kept per member, so that a member one block behind loses nothing. */
const KEPT_PER_MEMBER_MAX = 8;
export const RANGE_HEIGHTS_MAX = 64;
/** A claim that brings no progress this often is forgotten: its member lies, or will say it again. */
const FRUITLESS_ASKS_MAX = 8;
const ASK_INTERVAL_MS = 200;

/** Knows how far others are, keeps what came too early, and says whom to ask for what (5.7). */
export class CatchUp {
  readonly #self: MemberIndex;
  /** Highest height that a member's messages claim to be certified. */
  readonly #seen = new Map<MemberIndex, number>();
  readonly #kept = new Map<MemberIndex, HeightMessage[]>();
  #askedAtMs: UnixMs = Number.NEGATIVE_INFINITY;
  #turn = 0;
  #askedHeight = -1;
  #asked: { readonly member: MemberIndex; readonly toHeight: number } | null = null;
  #fruitless = 0;

  constructor(options: { readonly self: MemberIndex }) {
    this.#self = options.self;
  }

  get size(): number {
    let size = 0;
    for (const messages of this.#kept.values()) size += messages.length;
    return size;
  }

  /** Keeps a message of the very next height; later ones are useless once their sender sends again. */
  keep(message: HeightMessage, nextHeight: number): void {
    if (message.height !== nextHeight + 1) return;
    const messages = this.#kept.get(message.member) ?? [];
    this.#kept.set(message.member, messages);
    messages.push(message);
    if (messages.length > KEPT_PER_MEMBER_MAX) messages.shift();
  }

  /** @returns kept messages of `height`; the others are forgotten. */
  release(height: number): readonly HeightMessage[] {
    const all = [...this.#kept.values()].flat();
    this.#kept.clear();
    return all.filter((message) => message.height === height);
  }

  see(height: number, member: MemberIndex | null): void {
    if (member === null || member === this.#self) return;
    this.#seen.set(member, Math.max(height, this.#seen.get(member) ?? 0));
  }

  /** A peer that has just connected may have anything above our height: it is asked, and forgotten if it has not. */
  probe(height: number, member: MemberIndex): void {
    this.see(height + RANGE_HEIGHTS_MAX, member);
  }

  /** Lets the next `ask` come at once. */
  retry(): void {
    this.#askedAtMs = Number.NEGATIVE_INFINITY;
  }

  /** @returns a range to fetch and members that claim to have it, another one first each time; null when not behind. */
  ask(
    height: number,
    atMs: UnixMs,
  ): { readonly from: readonly MemberIndex[]; readonly fromHeight: number; readonly toHeight: number } | null {
    // A range that came whole may have more behind it.
    if (this.#asked?.toHeight === height) this.probe(height, this.#asked.member);
    const ahead = [...this.#seen].filter(([, seen]) => seen > height);
    if (ahead.length === 0 || atMs - this.#askedAtMs < ASK_INTERVAL_MS) return null;
    this.#askedAtMs = atMs;
    this.#turn += 1;
    this.#fruitless = this.#askedHeight === height ? this.#fruitless + 1 : 0;
    this.#askedHeight = height;
    const members = ahead.map(([member]) => member).sort((a, b) => a - b);
    const start = this.#turn % members.length;
    const from = [...members.slice(start), ...members.slice(0, start)];
    if (this.#fruitless >= FRUITLESS_ASKS_MAX) this.#seen.clear();
    const highest = Math.max(...ahead.map(([, seen]) => seen));
    const toHeight = Math.min(highest, height + RANGE_HEIGHTS_MAX);
    this.#asked = { member: from[0] as MemberIndex, toHeight };
    return { from, fromHeight: height + 1, toHeight };
  }
}
