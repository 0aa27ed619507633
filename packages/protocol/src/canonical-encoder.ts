import { compareBytes, utf8 } from '@cairn/primitives';
import { encode, rfc8949EncodeOptions } from 'cborg';
import type { CborMap, CborValue } from './cbor.ts';

const UINT = 0;
const NEGATIVE = 1;
const BYTES = 2;
const TEXT = 3;
const LIST = 4;
const MAP = 5;
const FALSE = 0xf4;
const TRUE = 0xf5;
const NULL = 0xf6;
const UINT64_MAX = (1n << 64n) - 1n;
const SAFE_MAX = BigInt(Number.MAX_SAFE_INTEGER);
/** Longer texts are left to the platform's encoder. */
const SHORT_TEXT = 64;
/** A larger scratch buffer is let go after use. */
const KEPT_BYTES = 1 << 20;

const NO_PREFIX = new Uint8Array(0);

/** Encoding is synchronous, so that all of it shares one buffer. */
let scratch: Uint8Array = new Uint8Array(4096);
let at = 0;

/**
 * Deterministic CBOR, RFC 8949 section 4.2, of the few kinds that Cairn knows. Every signature, hash and packet goes
 * through here; the general library takes four times as long, and gets what is none of them. A test holds the two equal.
 * @param prefix bytes to put before it.
 * @returns bytes that nobody else holds.
 */
export function encodeDeterministic(value: CborValue, prefix: Uint8Array = NO_PREFIX): Uint8Array {
  at = 0;
  writeRaw(prefix);
  write(value);
  const out = scratch.slice(0, at);
  if (scratch.length > KEPT_BYTES) scratch = new Uint8Array(4096);
  return out;
}

function write(value: CborValue): void {
  switch (typeof value) {
    case 'number':
      return writeInteger(value);
    case 'string':
      return writeText(value);
    case 'bigint':
      return writeBigInt(value);
    case 'boolean':
      return writeByte(value ? TRUE : FALSE);
    case 'object':
      return writeObject(value);
    default:
      return writeOther(value);
  }
}

function writeObject(value: Uint8Array | readonly CborValue[] | CborMap | null): void {
  if (value === null) return writeByte(NULL);
  if (value instanceof Uint8Array) {
    writeHead(BYTES, value.length);
    return writeRaw(value);
  }
  if (Array.isArray(value)) {
    writeHead(LIST, value.length);
    for (let i = 0; i < value.length; i++) write(value[i] as CborValue);
    return;
  }
  if (value instanceof Map) writeMap(value);
  else writeOther(value);
}

/** Keys ascend in the order of their encodings. */
function writeMap(map: CborMap): void {
  writeHead(MAP, map.size);
  const start = at;
  const entries: Uint8Array[] = [];
  for (const [key, value] of map) {
    at = start;
    write(key);
    write(value);
    entries.push(scratch.slice(start, at));
  }
  at = start;
  // No encoding of a key is the beginning of another's, so that values never decide.
  for (const entry of entries.sort(compareBytes)) writeRaw(entry);
}

function writeInteger(value: number): void {
  if (!Number.isSafeInteger(value)) writeOther(value);
  else if (value >= 0) writeHead(UINT, value);
  else writeHead(NEGATIVE, -1 - value);
}

function writeBigInt(value: bigint): void {
  const major = value < 0n ? NEGATIVE : UINT;
  const argument = value < 0n ? -1n - value : value;
  if (argument <= SAFE_MAX) return writeHead(major, Number(argument));
  if (argument > UINT64_MAX) return writeOther(value);
  reserve(9);
  scratch[at] = (major << 5) | 27;
  new DataView(scratch.buffer).setBigUint64(at + 1, argument);
  at += 9;
}

/** Floats and the like, which no noun has. */
function writeOther(value: unknown): void {
  writeRaw(encode(value, rfc8949EncodeOptions));
}

function writeText(text: string): void {
  if (text.length <= SHORT_TEXT && writeAscii(text)) return;
  const bytes = utf8(text);
  writeHead(TEXT, bytes.length);
  writeRaw(bytes);
}

/** @returns false, with nothing written, when a character is not ASCII. */
function writeAscii(text: string): boolean {
  const start = at;
  writeHead(TEXT, text.length);
  reserve(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 127) {
      at = start;
      return false;
    }
    scratch[at++] = code;
  }
  return true;
}

function writeRaw(bytes: Uint8Array): void {
  reserve(bytes.length);
  scratch.set(bytes, at);
  at += bytes.length;
}

function writeByte(byte: number): void {
  reserve(1);
  scratch[at++] = byte;
}

function writeHead(major: number, argument: number): void {
  reserve(9);
  const type = major << 5;
  if (argument < 24) {
    scratch[at++] = type | argument;
  } else if (argument < 0x100) {
    scratch[at++] = type | 24;
    scratch[at++] = argument;
  } else if (argument < 0x10000) {
    scratch[at++] = type | 25;
    scratch[at++] = argument >>> 8;
    scratch[at++] = argument & 255;
  } else if (argument < 0x1_0000_0000) {
    scratch[at++] = type | 26;
    writeUint32(argument);
  } else {
    scratch[at++] = type | 27;
    const low = argument % 0x1_0000_0000;
    writeUint32((argument - low) / 0x1_0000_0000);
    writeUint32(low);
  }
}

function writeUint32(value: number): void {
  for (let shift = 24; shift >= 0; shift -= 8) scratch[at++] = (value >>> shift) & 255;
}

function reserve(count: number): void {
  if (at + count <= scratch.length) return;
  const grown = new Uint8Array(Math.max(scratch.length * 2, at + count));
  grown.set(scratch.subarray(0, at));
  scratch = grown;
}
