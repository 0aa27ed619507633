import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BoundedMap,
  CairnError,
  fromBase64,
  fromBase64Url,
  fromHex,
  fromUtf8,
  quorumOf,
  Rng,
  toBase64,
  toBase64Url,
  toHex,
  utf8,
} from './index.ts';

describe('bytes', () => {
  it('hex and base64 give back what they took', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(fromHex(toHex(bytes))).toEqual(bytes);
        expect(fromBase64(toBase64(bytes))).toEqual(bytes);
        expect(fromBase64Url(toBase64Url(bytes))).toEqual(bytes);
        expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
      }),
    );
  });

  it('decoding any text returns or throws a coded error', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), (text) => {
        for (const decode of [fromHex, fromBase64, fromBase64Url]) {
          try {
            decode(text);
          } catch (error) {
            expect(error).toBeInstanceOf(CairnError);
          }
        }
      }),
    );
  });

  it('UTF-8 gives back what it took, a leading byte order mark too', () => {
    const marked = Uint8Array.of(0xef, 0xbb, 0xbf, 0x61);
    expect(fromUtf8(marked)).toBe('\ufeffa');
    expect(utf8(fromUtf8(marked))).toEqual(marked);
  });

  it('refuses base64 with stray bits in the last group', () => {
    expect(() => fromBase64('AB==')).toThrow(CairnError);
  });
});

describe('quorum', () => {
  it.each([
    [1, 0, 1],
    [3, 0, 3],
    [4, 1, 3],
    [7, 2, 5],
    [31, 10, 21],
  ])('n = %i tolerates %i and needs %i', (n, f, q) => {
    expect(quorumOf(n)).toEqual({ members: n, faulty: f, oneHonest: f + 1, certified: q });
  });
});

describe('rng', () => {
  it('gives the same numbers for the same seed, others for another', () => {
    expect(new Rng(7).bytes(32)).toEqual(new Rng(7).bytes(32));
    expect(new Rng(7).bytes(32)).not.toEqual(new Rng(8).bytes(32));
  });
});

describe('bounded map', () => {
  it('forgets its oldest entry and says which', () => {
    const map = new BoundedMap<string, number>(2);
    map.set('a', 1);
    map.set('b', 2);
    expect(map.set('c', 3)).toEqual(['a', 1]);
    expect([...map.keys()]).toEqual(['b', 'c']);
  });
});
