import { utf8 } from '@cairn/primitives';
import { type CborValue, encodeCanonical } from '@cairn/protocol';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CborWriter } from './cbor-writer.ts';

type Value = string | number | bigint | null | Uint8Array | readonly Value[];

function write(writer: CborWriter, value: Value): CborWriter {
  if (value === null) return writer.nothing();
  if (typeof value === 'string') return writer.ascii(value);
  if (typeof value === 'number') return writer.int(value);
  if (typeof value === 'bigint') return writer.uint64(value);
  if (value instanceof Uint8Array) return writer.bytes(value);
  writer.list(value.length);
  for (const entry of value) write(writer, entry);
  return writer;
}

const leaf = fc.oneof(
  fc.string({ unit: 'binary-ascii', maxLength: 300 }),
  fc.maxSafeInteger(),
  fc.constantFrom(
    0,
    23,
    24,
    255,
    256,
    65_535,
    65_536,
    2 ** 32 - 1,
    2 ** 32,
    2 ** 53 - 1,
    -1,
    -24,
    -25,
    -256,
    -(2 ** 53) + 1,
  ),
  fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }),
  fc.constant(null),
  fc.uint8Array({ maxLength: 300 }),
);

it('writes what the canonical encoder writes', () => {
  const writer = new CborWriter();
  fc.assert(
    fc.property(fc.array(fc.oneof(leaf, fc.array(leaf, { maxLength: 30 })), { maxLength: 40 }), (value) => {
      expect(write(writer, value as Value).finish()).toEqual(encodeCanonical(value as CborValue));
    }),
    { numRuns: 500 },
  );
});

it('writes hex as bytes, and small bigints in their short form', () => {
  expect(new CborWriter().hex('00ff').uint64(7n).finish()).toEqual(Uint8Array.of(0x42, 0x00, 0xff, 7));
  expect(() => new CborWriter().ascii('é')).toThrow();
  expect(new CborWriter().ascii('e').finish()).toEqual(Uint8Array.of(0x61, ...utf8('e')));
});
