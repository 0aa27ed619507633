import { assert } from './errors.ts';

/** A map that forgets its oldest entry when full. Iterates in order of insertion. */
export class BoundedMap<K, V> {
  readonly entriesMax: number;
  readonly #map = new Map<K, V>();

  constructor(entriesMax: number) {
    assert(entriesMax >= 1, 'a bounded map holds at least one entry');
    this.entriesMax = entriesMax;
  }

  get size(): number {
    return this.#map.size;
  }

  has(key: K): boolean {
    return this.#map.has(key);
  }

  get(key: K): V | undefined {
    return this.#map.get(key);
  }

  /** @returns the entry that was forgotten to make room, if any. */
  set(key: K, value: V): [K, V] | undefined {
    let evicted: [K, V] | undefined;
    if (!this.#map.has(key) && this.#map.size >= this.entriesMax) {
      evicted = this.#map.entries().next().value;
      if (evicted) this.#map.delete(evicted[0]);
    }
    this.#map.set(key, value);
    return evicted;
  }

  delete(key: K): boolean {
    return this.#map.delete(key);
  }

  clear(): void {
    this.#map.clear();
  }

  keys(): MapIterator<K> {
    return this.#map.keys();
  }

  values(): MapIterator<V> {
    return this.#map.values();
  }

  entries(): MapIterator<[K, V]> {
    return this.#map.entries();
  }
}
