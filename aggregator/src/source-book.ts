import type { BlockSource } from './node-source.ts';
import type { FollowerOptions } from './options.ts';

/** How a source did, as the API and the logs tell it. */
export interface SourceState {
  readonly name: string;
  /** Its last answer was of use, or empty for want of blocks. */
  readonly isAnswering: boolean;
  readonly failures: number;
  readonly lies: number;
  readonly lastError: string | null;
  readonly claimedHeight: number | null;
}

interface Entry {
  readonly source: BlockSource;
  isBusy: boolean;
  isAnswering: boolean;
  notBeforeMs: number;
  lastTakenMs: number;
  lastUsefulMs: number;
  failures: number;
  lies: number;
  lastError: string | null;
  claimedHeight: number | null;
}

/** Which source is asked next: those that fail or lie are left alone for ever longer, never for good. */
export class SourceBook {
  readonly #entries: Entry[];
  readonly #options: FollowerOptions;

  constructor(sources: readonly BlockSource[], options: FollowerOptions) {
    this.#options = options;
    this.#entries = sources.map((source) => ({
      source,
      isBusy: false,
      isAnswering: false,
      notBeforeMs: 0,
      lastTakenMs: 0,
      lastUsefulMs: 0,
      failures: 0,
      lies: 0,
      lastError: null,
      claimedHeight: null,
    }));
  }

  /** @param by `best`: the one that was of use last; `turn`: the one not asked for longest. */
  take(nowMs: number, by: 'best' | 'turn'): BlockSource | null {
    const free = this.#entries.filter((entry) => !entry.isBusy && entry.notBeforeMs <= nowMs);
    const order = (entry: Entry) => (by === 'best' ? -entry.lastUsefulMs : entry.lastTakenMs);
    const [first] = free.sort((a, b) => order(a) - order(b) || a.lastTakenMs - b.lastTakenMs);
    if (first === undefined) return null;
    first.isBusy = true;
    first.lastTakenMs = nowMs;
    return first.source;
  }

  /** @returns when a source may be free again, at the earliest. */
  nextFreeMs(nowMs: number): number {
    const waiting = this.#entries.filter((entry) => !entry.isBusy).map((entry) => entry.notBeforeMs);
    return waiting.length === 0 ? nowMs + this.#options.emptyMsMin : Math.min(...waiting);
  }

  answered(
    source: BlockSource,
    nowMs: number,
    answer: { readonly isUseful: boolean; readonly claimed: number | null },
  ) {
    const entry = this.#entryOf(source);
    entry.failures = 0;
    entry.isAnswering = true;
    entry.lastError = null;
    entry.claimedHeight = answer.claimed;
    if (answer.isUseful) {
      entry.lastUsefulMs = nowMs;
      entry.lies = 0;
    }
    // a source that gives nothing without waiting must not make us spin
    else entry.notBeforeMs = Math.max(nowMs, entry.lastTakenMs + this.#options.emptyMsMin);
  }

  failed(source: BlockSource, nowMs: number, code: string): void {
    const entry = this.#entryOf(source);
    const { backoffMsMin, backoffMsMax } = this.#options;
    entry.notBeforeMs = nowMs + backoff(entry.failures, backoffMsMin, backoffMsMax);
    entry.failures += 1;
    entry.isAnswering = false;
    entry.lastError = code;
    entry.lastUsefulMs = 0;
  }

  lied(source: BlockSource, nowMs: number, fault: string): void {
    const entry = this.#entryOf(source);
    const { lieBackoffMsMin, lieBackoffMsMax } = this.#options;
    entry.notBeforeMs = nowMs + backoff(entry.lies, lieBackoffMsMin, lieBackoffMsMax);
    entry.lies += 1;
    entry.isAnswering = false;
    entry.lastError = fault;
    entry.lastUsefulMs = 0;
    entry.claimedHeight = null;
  }

  release(source: BlockSource): void {
    this.#entryOf(source).isBusy = false;
  }

  states(): readonly SourceState[] {
    return this.#entries.map(({ source, isAnswering, failures, lies, lastError, claimedHeight }) => ({
      name: source.name,
      isAnswering,
      failures,
      lies,
      lastError,
      claimedHeight,
    }));
  }

  /** The middle one of the heights that answering sources claim: one liar does not move it far. 0: none claims any. */
  claimedHeight(): number {
    const claims = this.#entries
      .filter((entry) => entry.isAnswering && entry.claimedHeight !== null)
      .map((entry) => entry.claimedHeight as number)
      .sort((a, b) => a - b);
    return claims[Math.floor((claims.length - 1) / 2)] ?? 0;
  }

  #entryOf(source: BlockSource): Entry {
    return this.#entries.find((entry) => entry.source === source) as Entry;
  }
}

function backoff(times: number, msMin: number, msMax: number): number {
  return Math.min(msMax, msMin * 2 ** Math.min(times, 20));
}
