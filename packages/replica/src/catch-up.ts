import type { Authenticated, MemberIndex, UnixMs } from '@cairn/primitives';
import type { AgreementMessage } from '@cairn/protocol';
import type { StepDraft } from './step-draft.ts';

type HeightMessage = Authenticated<Exclude<AgreementMessage, { kind: 'certified-block' }>>;

/** Messages of the height after next kept per member, so that a member one block behind loses nothing. */
const KEPT_PER_MEMBER_MAX = 8;
export const RANGE_HEIGHTS_MAX = 64;
/** A claim that brings no progress this often is forgotten: its member lies, or will say it again. */
const FRUITLESS_ASKS_MAX = 8;
const ASK_INTERVAL_MS = 200;
const RETRY_MS = 250;
/** Members are one height ahead of each other all the time: that block is on its way, with its batches. */
const AHEAD_GRACE_MS = 100;
/** How often a peer that connected is asked; again as often after asking has brought more than one block. */
const PROBE_ASKS_MAX = 4;
/** The longest that a range takes to come and be executed. */
const ANSWER_MS_MAX = 10_000;

/** Whom to ask for which heights, or how long to wait before it is time to ask. */
export type CatchUpStep =
  | {
      readonly kind: 'ask';
      readonly from: readonly MemberIndex[];
      readonly fromHeight: number;
      readonly toHeight: number;
    }
  | { readonly kind: 'wait'; readonly delayMs: number };

/** Knows how far others are, keeps what came too early, and says whom to ask for what (5.7). */
export class CatchUp {
  readonly #self: MemberIndex;
  /** Highest height that a member's messages claim to be certified. */
  readonly #seen = new Map<MemberIndex, number>();
  readonly #kept = new Map<MemberIndex, HeightMessage[]>();
  #askedAtMs: UnixMs = Number.NEGATIVE_INFINITY;
  /** Members that may have more than we know of, and how often each is still asked. */
  readonly #probes = new Map<MemberIndex, number>();
  #ahead: { readonly height: number; readonly sinceMs: UnixMs } | null = null;
  #turn = 0;
  #askedHeight = -1;
  #asked: {
    readonly member: MemberIndex;
    readonly height: number;
    readonly toHeight: number;
    readonly atMs: UnixMs;
  } | null = null;
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

  /** A peer that has just connected may have anything above our height: it is asked, and left alone if it has not. */
  probe(member: MemberIndex): void {
    if (member !== this.#self) this.#probes.set(member, PROBE_ASKS_MAX);
  }

  /** Lets the next ask come at once. */
  retry(): void {
    this.#askedAtMs = Number.NEGATIVE_INFINITY;
  }

  /** Puts what there is to ask, or to wait for, into a step. */
  carryOn({ height, atMs }: { readonly height: number; readonly atMs: UnixMs }, draft: StepDraft): void {
    const next = this.next(height, atMs);
    if (next === null) return;
    if (next.kind === 'wait') return draft.setTimer('fetch', next.delayMs);
    const { from, fromHeight, toHeight } = next;
    draft.send({ kind: 'fetch-certified', from, fromHeight, toHeight });
    draft.event({ kind: 'behind', height, seenHeight: toHeight });
    draft.setTimer('fetch', RETRY_MS);
  }

  /** @returns null when not behind; members are asked another one first each time. */
  next(height: number, atMs: UnixMs): CatchUpStep | null {
    this.#noticeWholeRange(height, atMs);
    if (atMs - this.#askedAtMs < ASK_INTERVAL_MS || !this.#isBehind(height)) return null;
    const ahead = [...this.#seen].filter(([, seen]) => seen > height);
    const members = [...new Set([...ahead.map(([member]) => member), ...this.#probes.keys()])].sort((a, b) => a - b);
    const highest = Math.max(height, ...ahead.map(([, seen]) => seen));
    const delayMs = this.#probes.size === 0 && highest === height + 1 ? this.#graceLeft(height, atMs) : 0;
    if (delayMs > 0) return { kind: 'wait', delayMs };
    const toHeight = this.#probes.size > 0 ? height + RANGE_HEIGHTS_MAX : Math.min(highest, height + RANGE_HEIGHTS_MAX);
    const start = ++this.#turn % members.length;
    const from = [...members.slice(start), ...members.slice(0, start)];
    this.#asked = { member: from[0] as MemberIndex, height, toHeight, atMs };
    this.#countAsk(height, atMs);
    return { kind: 'ask', from, fromHeight: height + 1, toHeight };
  }

  /** Asked after every input. */
  #isBehind(height: number): boolean {
    if (this.#probes.size > 0) return true;
    for (const seen of this.#seen.values()) if (seen > height) return true;
    return false;
  }

  /** A range of the full length that came whole may have more behind it. */
  #noticeWholeRange(height: number, atMs: UnixMs): void {
    const asked = this.#asked;
    if (asked === null || asked.toHeight !== height) return;
    this.#asked = null;
    // Heights that came one by one over a longer time are no answer.
    const isAnswer = height - asked.height >= RANGE_HEIGHTS_MAX && atMs - asked.atMs <= ANSWER_MS_MAX;
    if (isAnswer) this.probe(asked.member);
  }

  #graceLeft(height: number, atMs: UnixMs): number {
    if (this.#ahead?.height !== height || atMs < this.#ahead.sinceMs) this.#ahead = { height, sinceMs: atMs };
    return this.#ahead.sinceMs + AHEAD_GRACE_MS - atMs;
  }

  /** Claims and probes that bring nothing are forgotten after a while. */
  #countAsk(height: number, atMs: UnixMs): void {
    const progress = this.#askedHeight < 0 ? 0 : height - this.#askedHeight;
    this.#fruitless = height === this.#askedHeight ? this.#fruitless + 1 : 0;
    this.#askedAtMs = atMs;
    this.#askedHeight = height;
    if (this.#fruitless >= FRUITLESS_ASKS_MAX) this.#seen.clear();
    for (const [member, left] of this.#probes) {
      if (left > 1) this.#probes.set(member, progress > 1 ? PROBE_ASKS_MAX : left - 1);
      else this.#probes.delete(member);
    }
  }
}
