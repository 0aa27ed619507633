import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isNestedWithin } from './cbor-nesting.ts';
import { type CborValue, decodeCanonical, encodeCanonical } from './index.ts';

function nested(depth: number): CborValue {
  let value: CborValue = 7;
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [1, value, 'x'] : new Map<number, CborValue>([[1, value]]);
  return value;
}

function depthOf(value: CborValue): number {
  const inner = Array.isArray(value) ? value : value instanceof Map ? [...value.values()] : null;
  return inner === null || inner.length === 0 ? 0 : 1 + Math.max(...inner.map(depthOf));
}

describe('nesting', () => {
  it('is accepted up to the bound, and refused beyond it before it is decoded', () => {
    expect(decodeCanonical(encodeCanonical(nested(32)), 4096)).toEqual(nested(32));
    const refused = expect.objectContaining({ code: 'PROTOCOL_CBOR_MALFORMED', message: 'nested deeper than 32' });
    expect(() => decodeCanonical(encodeCanonical(nested(33)), 4096)).toThrow(refused);
    expect(() => decodeCanonical(new Uint8Array(250_000).fill(0x81), 256 * 1024)).toThrow(refused);
    expect(() => decodeCanonical(new Uint8Array(250_000).fill(0xa1), 256 * 1024)).toThrow(refused);
  });

  it('is the depth of the value, whatever stands beside it', () => {
    const leaf = fc.oneof(fc.nat(), fc.string(), fc.uint8Array({ maxLength: 300 }), fc.constant(null), fc.boolean());
    const { value } = fc.letrec<{ value: CborValue }>((tie) => ({
      value: fc.oneof({ maxDepth: 6 }, leaf, fc.array(tie('value'), { maxLength: 4 })) as fc.Arbitrary<CborValue>,
    }));
    fc.assert(
      fc.property(value, (value) => {
        const bytes = encodeCanonical(value);
        const depth = depthOf(value);
        expect(isNestedWithin(bytes, depth)).toBe(true);
        if (depth > 0) expect(isNestedWithin(bytes, depth - 1)).toBe(false);
      }),
    );
  });

  it('leaves what is malformed to the decoder', () => {
    for (const hex of ['', '81', '9f', '5b00', '1c', 'd28100', '82', '7aff', 'f97e00', 'ff']) {
      expect(isNestedWithin(new Uint8Array(Buffer.from(hex, 'hex')), 1), hex).toBe(true);
    }
  });
});
