import { assert } from './errors.ts';

/**
 * Hands out small arrays that share one large one: allocating thousands of small ones a second costs more than filling
 * them. For what is short-lived: whoever keeps one keeps its whole chunk.
 */
export class ByteArena {
  readonly #chunkBytes: number;
  #chunk: Uint8Array = new Uint8Array(0);
  #at = 0;

  constructor(chunkBytes: number) {
    assert(chunkBytes >= 1, 'a chunk of at least one byte');
    this.#chunkBytes = chunkBytes;
  }

  /** @returns zeroed bytes that nobody else has. */
  take(lengthBytes: number): Uint8Array {
    if (lengthBytes > this.#chunkBytes >> 2) return new Uint8Array(lengthBytes);
    if (this.#at + lengthBytes > this.#chunk.length) {
      this.#chunk = new Uint8Array(this.#chunkBytes);
      this.#at = 0;
    }
    const start = this.#at;
    this.#at += lengthBytes;
    return this.#chunk.subarray(start, this.#at);
  }
}
