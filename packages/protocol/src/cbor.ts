import { CairnError, equalBytes } from '@cairn/primitives';
import { decode } from 'cborg';
import { encodeDeterministic } from './canonical-encoder.ts';
import { isNestedWithin } from './cbor-nesting.ts';
import { CBOR_NESTING_MAX } from './limits.ts';

/** What canonical CBOR may carry here: no floats, no tags, no undefined. */
export type CborValue = number | bigint | string | boolean | null | Uint8Array | readonly CborValue[] | CborMap;
export type CborMap = ReadonlyMap<number | string, CborValue>;

const decodeOptions = {
  strict: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowInfinity: false,
  allowNaN: false,
  allowBigInt: true,
  rejectDuplicateMapKeys: true,
  useMaps: true,
} as const;

/** Deterministic CBOR, RFC 8949 section 4.2. */
export function encodeCanonical(value: CborValue): Uint8Array {
  return encodeDeterministic(value);
}

/**
 * Decodes the one encoding that `encodeCanonical` would make, and nothing else.
 * @throws PROTOCOL_BYTES_EXCEEDED before decoding when over `bytesMax`; PROTOCOL_CBOR_MALFORMED.
 */
export function decodeCanonical(bytes: Uint8Array, bytesMax: number): CborValue {
  if (bytes.length > bytesMax) {
    throw new CairnError('PROTOCOL_BYTES_EXCEEDED', `at most ${bytesMax} bytes are accepted`, { length: bytes.length });
  }
  if (!isNestedWithin(bytes, CBOR_NESTING_MAX)) {
    const meta = { length: bytes.length, nestingMax: CBOR_NESTING_MAX };
    throw new CairnError('PROTOCOL_CBOR_MALFORMED', `nested deeper than ${CBOR_NESTING_MAX}`, meta);
  }
  let value: CborValue;
  let again: Uint8Array;
  try {
    value = decode(bytes, decodeOptions);
    again = encodeCanonical(value);
  } catch (cause) {
    throw new CairnError('PROTOCOL_CBOR_MALFORMED', 'not decodable CBOR', { length: bytes.length }, { cause });
  }
  if (!equalBytes(again, bytes)) {
    throw new CairnError('PROTOCOL_CBOR_MALFORMED', 'not in deterministic encoding', { length: bytes.length });
  }
  return value;
}
