/** Waits for events to make a condition true, and says what was waited for when they do not. */
export class Until {
  readonly #waits = new Set<() => void>();

  /** To be called by whatever may have changed the condition. */
  readonly look = (): void => {
    for (const wait of this.#waits) wait();
  };

  true(condition: () => boolean, what: string, timeoutMs = 45_000): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waits.delete(wait);
        reject(new Error(`waited in vain: ${what}`));
      }, timeoutMs);
      const wait = () => {
        if (!condition()) return;
        clearTimeout(timer);
        this.#waits.delete(wait);
        resolve();
      };
      this.#waits.add(wait);
      wait();
    });
  }
}
