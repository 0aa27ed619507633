/** Major types of CBOR, RFC 8949 section 3.1. */
export const UINT = 0;
export const NEGATIVE = 1;
export const BYTES = 2;
export const TEXT = 3;
export const ARRAY = 4;
export const MAP = 5;
/** Not a number that any argument can be. */
export const REFUSED = -1;

/** Reads heads of CBOR items in their shortest form, never past `end`. */
export class CborCursor {
  readonly bytes: Uint8Array;
  readonly end: number;
  at: number;

  constructor(bytes: Uint8Array, at: number, end: number) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  /** @returns the argument of the next head, REFUSED unless it is of `major`, shortest, and at most 2^53 - 1. */
  argument(major: number): number {
    if (this.at >= this.end) return REFUSED;
    const initial = this.bytes[this.at++] as number;
    const info = initial & 31;
    if (initial >> 5 !== major || info > 27) return REFUSED;
    if (info < 24) return info;
    const width = 1 << (info - 24);
    if (this.at + width > this.end) return REFUSED;
    const value = this.#bigEndian(width);
    return value >= (SHORTEST[info - 24] as number) && value <= Number.MAX_SAFE_INTEGER ? value : REFUSED;
  }

  /** Steps over a byte string. @returns where it starts, REFUSED unless it is one of at most `bytesMax` bytes. */
  skipBytes(bytesMax: number): number {
    const length = this.argument(BYTES);
    if (length === REFUSED || length > bytesMax || length > this.end - this.at) return REFUSED;
    const start = this.at;
    this.at += length;
    return start;
  }

  /** @returns the next unsigned integer, of any size. */
  uint64(): bigint | undefined {
    const start = this.at;
    const small = this.argument(UINT);
    if (small !== REFUSED) return BigInt(small);
    if (this.bytes[start] !== UINT64_HEAD || start + 9 > this.end) return undefined;
    this.at = start + 1;
    const value = (BigInt(this.#bigEndian(4)) << 32n) | BigInt(this.#bigEndian(4));
    return value > BigInt(Number.MAX_SAFE_INTEGER) ? value : undefined;
  }

  #bigEndian(width: number): number {
    let value = 0;
    for (let i = 0; i < width; i++) value = value * 256 + (this.bytes[this.at++] as number);
    return value;
  }
}

/** The least argument that needs 1, 2, 4 or 8 bytes. */
const SHORTEST = [24, 0x100, 0x1_0000, 0x1_0000_0000];
const UINT64_HEAD = 0x1b;
