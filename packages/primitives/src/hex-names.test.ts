import { describe, expect, it } from 'vitest';
import { ByteArena, concatBytes, HexNames, Rng, toHex } from './index.ts';

describe('HexNames', () => {
  it('gives the hex of the bytes, whatever stood in the slot before', () => {
    const rng = new Rng(3);
    const keys = Array.from({ length: 40 }, () => rng.bytes(32));
    // Same slot, another key: only the last byte differs.
    keys.push(...keys.slice(0, 8).map((key) => key.with(31, (key[31] as number) ^ 1)));
    const names = new HexNames({ lengthBytes: 32, slots: 8 });
    for (let round = 0; round < 2000; round++) {
      const key = rng.pick(keys);
      expect(names.nameOf(concatBytes(rng.bytes(5), key, rng.bytes(2)), 5)).toBe(toHex(key));
    }
  });

  it('knows no key before it saw one, not even zeros', () => {
    expect(new HexNames({ lengthBytes: 4, slots: 2 }).nameOf(new Uint8Array(4), 0)).toBe('00000000');
  });

  it('reads no further than the bytes go', () => {
    const names = new HexNames({ lengthBytes: 4, slots: 1 });
    names.nameOf(Uint8Array.of(1, 2, 3, 0), 0);
    expect(names.nameOf(Uint8Array.of(1, 2, 3), 0)).toBe('010203');
  });
});

describe('ByteArena', () => {
  it('hands out zeroed bytes of which no two overlap', () => {
    const arena = new ByteArena(64);
    const taken = [16, 16, 16, 10, 16, 100, 3].map((length) => {
      const bytes = arena.take(length);
      expect(bytes).toEqual(new Uint8Array(length));
      return bytes;
    });
    for (const [i, bytes] of taken.entries()) bytes.fill(i + 1);
    for (const [i, bytes] of taken.entries()) expect(bytes.every((byte) => byte === i + 1)).toBe(true);
  });
});
