import {
  CairnError,
  fromHex,
  type Hash,
  type PublicKey,
  type Signature,
  toHash,
  toPublicKey,
  toSignature,
} from '@cairn/primitives';
import { encodeDeterministic } from './canonical-encoder.ts';
import { type CborValue, decodeCanonical, encodeCanonical } from './cbor.ts';

/** Both directions between a noun in memory and its CBOR shape. `decode` checks every bound. */
export interface Codec<T> {
  encode(value: T): CborValue;
  /** @throws PROTOCOL_SHAPE_INVALID */
  decode(value: CborValue): T;
}

/** @throws PROTOCOL_SHAPE_INVALID always. */
export function refuseShape(what: string): never {
  throw new CairnError('PROTOCOL_SHAPE_INVALID', `expected ${what}`, { expected: what });
}

/** Canonical bytes of one value. */
export function toBytes<T>(codec: Codec<T>, value: T): Uint8Array {
  return encodeCanonical(codec.encode(value));
}

/** Canonical bytes of one value behind a prefix, as signatures cover them. */
export function toBytesAfter<T>(prefix: Uint8Array, codec: Codec<T>, value: T): Uint8Array {
  return encodeDeterministic(codec.encode(value), prefix);
}

/** @throws PROTOCOL_BYTES_EXCEEDED, PROTOCOL_CBOR_MALFORMED, PROTOCOL_SHAPE_INVALID */
export function fromBytes<T>(codec: Codec<T>, bytes: Uint8Array, bytesMax: number): T {
  return codec.decode(decodeCanonical(bytes, bytesMax));
}

/** Integer 0 .. max; max is at most 2^53 - 1. */
export function uint(max: number = Number.MAX_SAFE_INTEGER): Codec<number> {
  return {
    encode: (value) => value,
    decode: (value) =>
      typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= max
        ? value
        : refuseShape(`an integer from 0 to ${max}`),
  };
}

/** Integer within +-(2^53 - 1). */
export const int: Codec<number> = {
  encode: (value) => value,
  decode: (value) =>
    typeof value === 'number' && Number.isSafeInteger(value) ? value : refuseShape('an integer within 2^53'),
};

/** Integer within int64, a bigint in memory; small ones have CBOR's short form. */
export const int64: Codec<bigint> = {
  encode: (value) => shortest(value),
  decode: (value) => {
    const big = typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value;
    return typeof big === 'bigint' && BigInt.asIntN(64, big) === big ? big : refuseShape('an int64');
  },
};

/** Integer 0 .. 2^64 - 1, a bigint in memory. */
export const uint64: Codec<bigint> = {
  encode: (value) => shortest(value),
  decode: (value) => {
    const big = typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value;
    return typeof big === 'bigint' && BigInt.asUintN(64, big) === big ? big : refuseShape('a uint64');
  },
};

function shortest(value: bigint): CborValue {
  const isSafe = value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER);
  return isSafe ? Number(value) : value;
}

export const bool: Codec<boolean> = {
  encode: (value) => value,
  decode: (value) => (typeof value === 'boolean' ? value : refuseShape('a boolean')),
};

export function text(lengthMax: number, pattern?: RegExp): Codec<string> {
  return {
    encode: (value) => value,
    decode: (value) =>
      typeof value === 'string' && value.length <= lengthMax && (pattern === undefined || pattern.test(value))
        ? value
        : refuseShape(`text of at most ${lengthMax} characters${pattern ? ` matching ${pattern.source}` : ''}`),
  };
}

/** Byte string; the decoder hands out a copy, so that a large frame is not kept alive by a small field. */
export function bytes(lengthMax: number, lengthMin = 0): Codec<Uint8Array> {
  return {
    encode: (value) => value,
    decode: (value) =>
      value instanceof Uint8Array && value.length <= lengthMax && value.length >= lengthMin
        ? value.slice()
        : refuseShape(`${lengthMin} to ${lengthMax} bytes`),
  };
}

function hexOf<T extends string>(lengthBytes: number, mint: (value: Uint8Array) => T): Codec<T> {
  return {
    encode: (value) => fromHex(value, lengthBytes),
    decode: (value) =>
      value instanceof Uint8Array && value.length === lengthBytes ? mint(value) : refuseShape(`${lengthBytes} bytes`),
  };
}

export const hash: Codec<Hash> = hexOf(32, toHash);
export const publicKey: Codec<PublicKey> = hexOf(32, toPublicKey);
export const signature: Codec<Signature> = hexOf(64, toSignature);

export function list<T>(item: Codec<T>, countMax: number, countMin = 0): Codec<readonly T[]> {
  return {
    encode: (values) => values.map((value) => item.encode(value)),
    decode: (value) => {
      if (!Array.isArray(value) || value.length > countMax || value.length < countMin) {
        return refuseShape(`a list of ${countMin} to ${countMax}`);
      }
      return value.map((entry) => item.decode(entry));
    },
  };
}

/** `null` on the wire stands for absence. */
export function nullable<T>(inner: Codec<T>): Codec<T | null> {
  return {
    encode: (value) => (value === null ? null : inner.encode(value)),
    decode: (value) => (value === null ? null : inner.decode(value)),
  };
}

/** One of a closed list of words; on the wire its position, so the order of `words` is frozen. */
export function oneOf<const W extends string>(words: readonly W[]): Codec<W> {
  return {
    encode: (value) => words.indexOf(value),
    decode: (value) =>
      (typeof value === 'number' ? words[value] : undefined) ?? refuseShape(`one of ${words.join(', ')}`),
  };
}

/** An object in memory, a CBOR array in the order of `fields` on the wire. */
export function struct<T extends object>(fields: { readonly [K in keyof T]-?: Codec<T[K]> }): Codec<T> {
  const names = Object.keys(fields) as (keyof T)[];
  return {
    encode: (value) => names.map((name) => fields[name].encode(value[name])),
    decode: (value) => {
      if (!Array.isArray(value) || value.length !== names.length) return refuseShape(`${names.length} fields`);
      const out = {} as T;
      names.forEach((name, index) => {
        out[name] = fields[name].decode(value[index] as CborValue);
      });
      return out;
    },
  };
}

/** A union on `kind`: [position of the kind in `variants`, body]. The order of `variants` is frozen. */
export function union<T extends { readonly kind: string }>(
  variants: {
    readonly [K in T['kind']]: Codec<Omit<Extract<T, { kind: K }>, 'kind'>>;
  },
): Codec<T> {
  const kinds = Object.keys(variants) as T['kind'][];
  return {
    encode: (value) => [kinds.indexOf(value.kind), (variants[value.kind as T['kind']] as Codec<unknown>).encode(value)],
    decode: (value) => {
      if (!Array.isArray(value) || value.length !== 2) return refuseShape('[kind, body]');
      // A text here would reach the array's own properties: `kinds['length']` is no kind.
      const kind = typeof value[0] === 'number' ? kinds[value[0]] : undefined;
      if (kind === undefined) return refuseShape(`a kind below ${kinds.length}`);
      const body = (variants[kind] as Codec<object>).decode(value[1] as CborValue);
      return { kind, ...body } as T;
    },
  };
}
