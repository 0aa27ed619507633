/** Remembers how to take changes back: the transactions of the in-memory double. */
export class UndoLog {
  #steps: (() => void)[] = [];

  set<K, V>(map: Map<K, V>, key: K, value: V): void {
    const [had, before] = [map.has(key), map.get(key) as V];
    this.#steps.push(() => (had ? map.set(key, before) : map.delete(key)));
    map.set(key, value);
  }

  delete<K, V>(map: Map<K, V>, key: K): void {
    if (!map.has(key)) return;
    const before = map.get(key) as V;
    this.#steps.push(() => map.set(key, before));
    map.delete(key);
  }

  /** For a change of a plain field. */
  onUndo(step: () => void): void {
    this.#steps.push(step);
  }

  /** Runs `work`; if it throws, everything that was noted meanwhile is taken back, last first. */
  run<T>(work: () => T): T {
    this.#steps = [];
    try {
      return work();
    } catch (error) {
      for (const step of this.#steps.reverse()) step();
      throw error;
    } finally {
      this.#steps = [];
    }
  }
}
