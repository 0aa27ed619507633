/** Numbers below 2^53 in order of arrival, each once; quick, and small beside a Set. */
export class StateTable {
  #keys = new Float64Array(1 << 16);
  #count = 0;
  /** Index in `#keys` plus one; 0: empty. */
  #slots = new Int32Array(1 << 17);

  get count(): number {
    return this.#count;
  }

  key(index: number): number {
    return this.#keys[index] as number;
  }

  /** @returns whether it is new. */
  add(key: number): boolean {
    let slot = slotOf(key, this.#slots.length);
    for (let index = this.#slots[slot] as number; index > 0; index = this.#slots[slot] as number) {
      if (this.#keys[index - 1] === key) return false;
      slot = (slot + 1) & (this.#slots.length - 1);
    }
    if (this.#count === this.#keys.length) this.#grow();
    this.#keys[this.#count++] = key;
    this.#put(this.#count);
    return true;
  }

  /** @returns the place of a key in order of arrival; -1: never added. */
  indexOf(key: number): number {
    let slot = slotOf(key, this.#slots.length);
    for (let index = this.#slots[slot] as number; index > 0; index = this.#slots[slot] as number) {
      if (this.#keys[index - 1] === key) return index - 1;
      slot = (slot + 1) & (this.#slots.length - 1);
    }
    return -1;
  }

  #grow(): void {
    const keys = new Float64Array(2 * this.#keys.length);
    keys.set(this.#keys);
    this.#keys = keys;
    this.#slots = new Int32Array(2 * keys.length);
    for (let index = 1; index <= this.#count; index++) this.#put(index);
  }

  #put(index: number): void {
    let slot = slotOf(this.#keys[index - 1] as number, this.#slots.length);
    while (this.#slots[slot] !== 0) slot = (slot + 1) & (this.#slots.length - 1);
    this.#slots[slot] = index;
  }
}

function slotOf(key: number, size: number): number {
  const low = key >>> 0;
  const high = (key / 2 ** 32) >>> 0;
  const mixed = Math.imul(low ^ Math.imul(high, 0x9e3779b1), 0x85ebca6b);
  return ((mixed ^ (mixed >>> 15)) >>> 0) & (size - 1);
}
