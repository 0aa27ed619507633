import { decode, encode, rfc8949EncodeOptions } from 'cborg';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { encodeDeterministic } from './canonical-encoder.ts';
import type { CborValue } from './cbor.ts';

const { value: anything } = fc.letrec<{ value: CborValue; list: CborValue[]; map: Map<number | string, CborValue> }>(
  (tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.maxSafeInteger(),
      fc.integer({ min: -300, max: 70_000 }),
      fc.bigInt({ min: -(1n << 64n), max: (1n << 64n) - 1n }),
      fc.string({ unit: 'binary', maxLength: 80 }),
      fc.boolean(),
      fc.constant(null),
      fc.uint8Array({ maxLength: 300 }),
      tie('list'),
      tie('map'),
    ),
    list: fc.array(tie('value'), { maxLength: 30 }),
    map: fc
      .array(fc.tuple(fc.oneof(fc.maxSafeInteger(), fc.string({ unit: 'binary', maxLength: 30 })), tie('value')))
      .map((entries) => new Map(entries)),
  }),
);

it('encodes as the general library does', () => {
  fc.assert(
    fc.property(anything, (value) => {
      const bytes = encodeDeterministic(value);
      expect(Buffer.from(bytes).toString('hex')).toBe(Buffer.from(encode(value, rfc8949EncodeOptions)).toString('hex'));
      expect(() => decode(bytes, { useMaps: true })).not.toThrow();
    }),
    { numRuns: 500 },
  );
});

it('hands out bytes that later calls leave alone', () => {
  const first = encodeDeterministic([1, 'a', new Uint8Array(5000)]);
  const copy = first.slice();
  encodeDeterministic([2, 'b', new Uint8Array(6000).fill(1)]);
  expect(first).toEqual(copy);
  expect(first.buffer.byteLength).toBe(first.length);
});

it.each([[0.5], [2 ** 60], [-(2 ** 60)], [Number.NaN], [-0], [undefined], [{ a: 1 }]])('leaves %s to it', (value) => {
  const bytes = encodeDeterministic([1, value as CborValue, 2]);
  expect(bytes).toEqual(new Uint8Array(encode([1, value, 2], rfc8949EncodeOptions)));
});

it.each([[1n << 64n], [-(1n << 64n) - 1n], [Symbol('a')]])('refuses %s, and goes on', (value) => {
  expect(() => encodeDeterministic([1, value as unknown as CborValue])).toThrow();
  expect(encodeDeterministic([1])).toEqual(Uint8Array.of(0x81, 1));
});
