/** How each state of a search was first reached, in words. */
export class Way {
  readonly #parents: number[] = [];
  readonly #labels: number[] = [];
  readonly #words: string[] = [];
  readonly #known = new Map<string, number>();

  /** By the index of the state. */
  set(index: number, parent: number, label: string): void {
    let word = this.#known.get(label);
    if (word === undefined) {
      word = this.#words.push(label) - 1;
      this.#known.set(label, word);
    }
    this.#parents[index] = parent;
    this.#labels[index] = word;
  }

  to(index: number): string[] {
    const way: string[] = [];
    for (let at = index; at > 0; at = this.#parents[at] as number)
      way.push(this.#words[this.#labels[at] as number] as string);
    return way.reverse();
  }
}
