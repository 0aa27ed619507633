import type { MemberIndex } from '@cairn/primitives';
import { NETWORK_COUNTERS, type NetworkCounter, type NetworkCounters, type NetworkEvent } from './network.ts';

/** Counts what happens and tells an injected sink, whose failure is none of our business. */
export class Counters {
  readonly #counts: Record<NetworkCounter, number>;
  readonly #sink: ((event: NetworkEvent) => void) | undefined;

  constructor(sink?: (event: NetworkEvent) => void) {
    this.#counts = Object.fromEntries(NETWORK_COUNTERS.map((name) => [name, 0])) as Record<NetworkCounter, number>;
    this.#sink = sink;
  }

  count(kind: NetworkCounter, memberIndex?: MemberIndex, amount = 1): void {
    this.#counts[kind] += amount;
    try {
      this.#sink?.({ kind, amount, memberIndex });
    } catch {
      this.#counts.handlersFailed += 1;
    }
  }

  snapshot(): NetworkCounters {
    return { ...this.#counts };
  }
}
