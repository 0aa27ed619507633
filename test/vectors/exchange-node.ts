import type { Rng } from '@cairn/primitives';
import { type CborValue, decodeCanonical, encodeCanonical } from '@cairn/protocol';

/** @returns undefined for what is no canonical CBOR as a whole, as a report with its tag in front. */
export function parsedCbor(bytes: Uint8Array): CborValue | undefined {
  try {
    return decodeCanonical(bytes, bytes.length);
  } catch {
    return undefined;
  }
}

const STRANGERS: readonly CborValue[] = [
  null,
  true,
  0,
  -1,
  1.5,
  2 ** 53 - 1,
  2n ** 64n - 1n,
  -(2n ** 64n),
  '',
  'length',
  '__proto__',
  'constructor',
  [],
  [[]],
  new Map(),
  new Map([['kind', 0]]),
  new Uint8Array(0),
  new Uint8Array(32),
  new Uint8Array(64),
];

/** A copy with one node, at any depth and inside byte strings too, exchanged for a stranger, doubled or left out. */
export function exchangeNode(value: CborValue, rng: Rng): CborValue {
  if (Array.isArray(value) && value.length > 0 && rng.chance(0.85)) {
    const at = rng.integer(0, value.length - 1);
    if (rng.chance(0.1)) return value.toSpliced(at, 1);
    if (rng.chance(0.1)) return value.toSpliced(at, 0, value[at] as CborValue);
    return value.with(at, exchangeNode(value[at] as CborValue, rng));
  }
  if (value instanceof Uint8Array && rng.chance(0.7)) {
    const inner = parsedCbor(value);
    if (inner !== undefined) return encodeCanonical(exchangeNode(inner, rng));
    if (value.length > 0) return value.with(rng.integer(0, value.length - 1), rng.integer(0, 255));
  }
  return rng.pick(STRANGERS);
}
