/** Report ids that our devices had acknowledged, as they tell them on their standard output, oldest first. */
export class OwnReports {
  readonly #ids = new Set<string>();
  readonly #max: number;

  constructor(max = 64) {
    this.#max = max;
  }

  get ids(): readonly string[] {
    return [...this.#ids];
  }

  /** @param line of `cairn device --json`. */
  take(line: string): void {
    if (this.#ids.size >= this.#max) return;
    try {
      const { lastSettled } = JSON.parse(line) as { readonly lastSettled?: { readonly id?: unknown } | null };
      if (typeof lastSettled?.id === 'string') this.#ids.add(lastSettled.id);
    } catch {
      // not an event
    }
  }
}
