/** What happens at a time; equal times keep their order of scheduling. */
interface Scheduled<E> {
  readonly atMs: number;
  readonly order: number;
  readonly event: E;
}

/** The virtual clock: a binary heap of events by (time, order). */
export class EventQueue<E> {
  readonly #heap: Scheduled<E>[] = [];
  #order = 0;
  #nowMs: number;

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  get size(): number {
    return this.#heap.length;
  }

  /** Events in the past happen now. */
  schedule(event: E, atMs: number): void {
    const entry = { atMs: Math.max(atMs, this.#nowMs), order: this.#order++, event };
    const heap = this.#heap;
    heap.push(entry);
    let at = heap.length - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(entry, heap[parent] as Scheduled<E>)) break;
      heap[at] = heap[parent] as Scheduled<E>;
      at = parent;
    }
    heap[at] = entry;
  }

  /** Moves the clock to the next event. @returns it, or null when nothing will ever happen. */
  next(): E | null {
    const heap = this.#heap;
    const first = heap[0];
    if (first === undefined) return null;
    const last = heap.pop() as Scheduled<E>;
    if (heap.length > 0) this.#sink(last);
    this.#nowMs = first.atMs;
    return first.event;
  }

  #sink(entry: Scheduled<E>): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      const right = heap[child + 1];
      if (right !== undefined && isBefore(right, heap[child] as Scheduled<E>)) child += 1;
      if (!isBefore(heap[child] as Scheduled<E>, entry)) break;
      heap[at] = heap[child] as Scheduled<E>;
      at = child;
    }
    heap[at] = entry;
  }
}

function isBefore(a: { atMs: number; order: number }, b: { atMs: number; order: number }): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
