import type { Hash, PublicKey, Signature } from './brand.ts';
import { CairnError } from './errors.ts';

const HEX_DIGITS = '0123456789abcdef';
const HEX_OF_BYTE: readonly string[] = Array.from(
  { length: 256 },
  (_, byte) => `${HEX_DIGITS[byte >> 4]}${HEX_DIGITS[byte & 15]}`,
);

/** @returns lowercase hex, two characters a byte. */
export function toHex(bytes: Uint8Array): string {
  let hex = '';
  for (let i = 0; i < bytes.length; i++) hex += HEX_OF_BYTE[bytes[i] as number];
  return hex;
}

/** @throws BYTES_HEX_MALFORMED unless `hex` is lowercase hex of exactly `lengthBytes` (any even length if absent). */
export function fromHex(hex: string, lengthBytes?: number): Uint8Array {
  if (hex.length % 2 !== 0 || (lengthBytes !== undefined && hex.length !== lengthBytes * 2)) {
    throw new CairnError('BYTES_HEX_MALFORMED', 'hex has the wrong length', { length: hex.length });
  }
  const bytes = new Uint8Array(hex.length / 2);
  writeHex(hex, bytes, 0);
  return bytes;
}

/**
 * Writes the bytes that `hex` stands for into `out` at `at`, where there must be room for them.
 * @throws BYTES_HEX_MALFORMED unless `hex` is lowercase hex of an even length.
 */
export function writeHex(hex: string, out: Uint8Array, at: number): void {
  const length = hex.length >> 1;
  for (let i = 0; i < length; i++) {
    const high = nibble(hex.charCodeAt(2 * i));
    const low = nibble(hex.charCodeAt(2 * i + 1));
    if ((high | low) < 0) throw new CairnError('BYTES_HEX_MALFORMED', 'not lowercase hex', { position: 2 * i });
    out[at + i] = (high << 4) | low;
  }
  if (hex.length % 2 !== 0)
    throw new CairnError('BYTES_HEX_MALFORMED', 'hex has the wrong length', { length: hex.length });
}

const NIBBLES = Int8Array.from({ length: 128 }, (_, code) => HEX_DIGITS.indexOf(String.fromCharCode(code)));

function nibble(charCode: number): number {
  return charCode < 128 ? (NIBBLES[charCode] as number) : -1;
}

const textEncoder = new TextEncoder();
// Without ignoreBOM, a decoder drops a leading byte order mark: two byte strings would stand for one text.
const textDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function utf8(text: string): Uint8Array {
  return textEncoder.encode(text);
}

/** @throws BYTES_UTF8_MALFORMED on invalid UTF-8. */
export function fromUtf8(bytes: Uint8Array): string {
  try {
    return textDecoder.decode(bytes);
  } catch (cause) {
    throw new CairnError('BYTES_UTF8_MALFORMED', 'not valid UTF-8', { length: bytes.length }, { cause });
  }
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const out = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= (a[i] as number) ^ (b[i] as number);
  return difference === 0;
}

/** Lexicographic order of bytes: negative, zero or positive. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Code-unit order; for hex strings the order of the bytes they stand for. Independent of the locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const HEX_32 = /^[0-9a-f]{64}$/;
const HEX_64 = /^[0-9a-f]{128}$/;

/** @throws BYTES_HEX_MALFORMED unless 32 bytes, or 64 lowercase hex characters. */
export function toHash(value: Uint8Array | string): Hash {
  return shaped(value, HEX_32, 32) as Hash;
}

/** Shape only. @throws BYTES_HEX_MALFORMED unless 32 bytes, or 64 lowercase hex characters. */
export function toPublicKey(value: Uint8Array | string): PublicKey {
  return shaped(value, HEX_32, 32) as PublicKey;
}

/** Shape only. @throws BYTES_HEX_MALFORMED unless 64 bytes, or 128 lowercase hex characters. */
export function toSignature(value: Uint8Array | string): Signature {
  return shaped(value, HEX_64, 64) as Signature;
}

function shaped(value: Uint8Array | string, pattern: RegExp, lengthBytes: number): string {
  const isShaped = typeof value === 'string' ? pattern.test(value) : value.length === lengthBytes;
  if (!isShaped) {
    const length = typeof value === 'string' ? value.length / 2 : value.length;
    throw new CairnError('BYTES_HEX_MALFORMED', `expected ${lengthBytes} bytes`, { length });
  }
  return typeof value === 'string' ? value : toHex(value);
}

/** The all-zero hash: "no such thing", e.g. the parent certificate of block 1. */
export const ZERO_HASH: Hash = '0'.repeat(64) as Hash;
