import { assert, fromHex } from '@cairn/primitives';

const BYTES_START = 1024;
const UINT = 0;
const NEGATIVE = 1;
const BYTES = 2;
const TEXT = 3;
const LIST = 4;
const NULL = 0xf6;
const SAFE_MAX = BigInt(Number.MAX_SAFE_INTEGER);

/**
 * Writes the deterministic CBOR of `encodeCanonical` straight into one buffer: the state writes of a block are many and
 * small, and the general encoder takes ten times as long. A test holds the two equal. The caller keeps counts and order.
 */
export class CborWriter {
  #bytes: Uint8Array = new Uint8Array(BYTES_START);
  #at = 0;

  /** @returns a copy of what was written, and starts anew. */
  finish(): Uint8Array {
    const out = this.#bytes.slice(0, this.#at);
    this.#at = 0;
    return out;
  }

  /** Forgets what an error has left unfinished. */
  anew(): this {
    this.#at = 0;
    return this;
  }

  /** Opens a list of `count` entries, which are written next. */
  list(count: number): this {
    return this.#head(LIST, count);
  }

  /** A safe integer. */
  int(value: number): this {
    return value < 0 ? this.#head(NEGATIVE, -1 - value) : this.#head(UINT, value);
  }

  /** 0 .. 2^64 - 1, in its shortest form. */
  uint64(value: bigint): this {
    if (value <= SAFE_MAX) return this.int(Number(value));
    this.#reserve(9);
    this.#bytes[this.#at] = (UINT << 5) | 27;
    new DataView(this.#bytes.buffer).setBigUint64(this.#at + 1, value);
    this.#at += 9;
    return this;
  }

  /** Text of ASCII characters only: keys of the state. */
  ascii(text: string): this {
    this.#head(TEXT, text.length);
    this.#reserve(text.length);
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      assert(code < 128, 'ASCII text');
      this.#bytes[this.#at++] = code;
    }
    return this;
  }

  bytes(value: Uint8Array): this {
    this.#head(BYTES, value.length);
    this.#reserve(value.length);
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
    return this;
  }

  /** The bytes that lowercase hex stands for. */
  hex(hex: string): this {
    return this.bytes(fromHex(hex));
  }

  nothing(): this {
    this.#reserve(1);
    this.#bytes[this.#at++] = NULL;
    return this;
  }

  #head(major: number, value: number): this {
    this.#reserve(9);
    const bytes = this.#bytes;
    const type = major << 5;
    if (value < 24) {
      bytes[this.#at++] = type | value;
    } else if (value < 0x100) {
      bytes[this.#at++] = type | 24;
      bytes[this.#at++] = value;
    } else if (value < 0x10000) {
      bytes[this.#at++] = type | 25;
      this.#bigEndian(value, 2);
    } else if (value < 0x1_0000_0000) {
      bytes[this.#at++] = type | 26;
      this.#bigEndian(value, 4);
    } else {
      bytes[this.#at++] = type | 27;
      const low = value % 0x1_0000_0000;
      this.#bigEndian((value - low) / 0x1_0000_0000, 4);
      this.#bigEndian(low, 4);
    }
    return this;
  }

  #bigEndian(value: number, count: number): void {
    for (let shift = 8 * (count - 1); shift >= 0; shift -= 8) this.#bytes[this.#at++] = (value >>> shift) & 255;
  }

  #reserve(count: number): void {
    if (this.#at + count <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#at + count));
    grown.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = grown;
  }
}
