import type { MemberIndex, Rng } from '@cairn/primitives';
import type { Fault } from './fault.ts';

const BASE_DELAY_MS_MAX = 12;

/** Decides the fate of every packet: delayed, overtaken, doubled, lost, or held until a partition heals. */
export class NetworkModel {
  readonly #rng: Rng;
  readonly #memberCount: number;
  readonly #active = new Set<Fault>();
  /** Without reordering a link is a stream: what was sent later arrives later. */
  readonly #arrivedAt: number[];
  readonly counts = { lost: 0, held: 0, duplicated: 0, delayed: 0, reordered: 0 };

  constructor(rng: Rng, memberCount: number) {
    this.#rng = rng;
    this.#memberCount = memberCount;
    this.#arrivedAt = new Array<number>(memberCount * memberCount).fill(0);
  }

  begin(fault: Fault): void {
    this.#active.add(fault);
  }

  end(fault: Fault): void {
    this.#active.delete(fault);
  }

  /** @param healsAt when a fault that began ends, in the clock of `nowMs`. @returns arrival times; empty: lost. */
  arrivals(from: MemberIndex, to: MemberIndex, nowMs: number, healsAt: (fault: Fault) => number): readonly number[] {
    let delayMs = this.#rng.integer(1, BASE_DELAY_MS_MAX);
    let isOrdered = true;
    let copies = 1;
    for (const fault of this.#active) {
      switch (fault.kind) {
        case 'delay':
          delayMs += this.#rng.integer(fault.lowMs, fault.highMs);
          this.counts.delayed += 1;
          break;
        case 'loss':
          if (this.#rng.chance(fault.chance)) copies = 0;
          break;
        case 'duplicate':
          if (this.#rng.chance(fault.chance)) copies *= 2;
          break;
        case 'reorder':
          isOrdered = false;
          if (this.#rng.chance(fault.chance)) {
            delayMs += this.#rng.integer(1, fault.byMs);
            this.counts.reordered += 1;
          }
          break;
        case 'slow-link':
          if (fault.from === from && fault.to === to) delayMs += fault.byMs;
          break;
        case 'partition':
        case 'asymmetric':
          if (!isCut(fault, from, to)) break;
          if (fault.isHeld) {
            delayMs = Math.max(delayMs, healsAt(fault) - nowMs + this.#rng.integer(1, 50));
            this.counts.held += 1;
          } else copies = 0;
          break;
      }
    }
    if (copies === 0) this.counts.lost += 1;
    if (copies > 1) this.counts.duplicated += copies - 1;
    return Array.from({ length: Math.min(copies, 4) }, () => this.#arrival(from, to, nowMs + delayMs, isOrdered));
  }

  #arrival(from: MemberIndex, to: MemberIndex, atMs: number, isOrdered: boolean): number {
    if (!isOrdered) return atMs + this.#rng.integer(0, 3);
    const link = from * this.#memberCount + to;
    const arrival = Math.max(atMs, this.#arrivedAt[link] as number);
    this.#arrivedAt[link] = arrival;
    return arrival;
  }
}

/** Whether the fault keeps `from` from reaching `to`. */
export function isCut(
  fault: Extract<Fault, { kind: 'partition' | 'asymmetric' }>,
  from: MemberIndex,
  to: MemberIndex,
): boolean {
  return fault.kind === 'partition'
    ? fault.groups[from] !== fault.groups[to]
    : fault.from.includes(from) && fault.to.includes(to);
}
