import { toHex } from './bytes.ts';
import { assert } from './errors.ts';

/**
 * Gives the hex of keys that come again and again, as the very same string: a comparison of bytes instead of two
 * characters a byte, and one string in memory however often the key was read. What it gives depends on the bytes alone.
 */
export class HexNames {
  readonly #lengthBytes: number;
  readonly #names: (string | undefined)[];
  readonly #bytes: Uint8Array;

  /** @param options.slots a power of two; two keys of one slot take it from each other. */
  constructor(options: { readonly lengthBytes: number; readonly slots: number }) {
    assert(options.lengthBytes >= 3 && options.slots >= 1, 'keys of at least three bytes, and a slot');
    assert((options.slots & (options.slots - 1)) === 0, 'a power of two');
    this.#lengthBytes = options.lengthBytes;
    this.#names = Array.from({ length: options.slots }, () => undefined);
    this.#bytes = new Uint8Array(options.slots * options.lengthBytes);
  }

  /** @returns the lowercase hex of the key at `at`. */
  nameOf(bytes: Uint8Array, at: number): string {
    const lengthBytes = this.#lengthBytes;
    const known = this.#bytes;
    const slot =
      (((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number)) &
      (this.#names.length - 1);
    const start = slot * lengthBytes;
    const name = this.#names[slot];
    let same = 0;
    while (same < lengthBytes && known[start + same] === bytes[at + same]) same++;
    if (same === lengthBytes && name !== undefined) return name;
    const key = bytes.subarray(at, at + lengthBytes);
    const made = toHex(key);
    known.set(key, start);
    this.#names[slot] = made;
    return made;
  }
}
