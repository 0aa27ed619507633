import { Rng, utf8 } from '@cairn/primitives';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkpoint, GROUP, note } from '../test/fixtures.ts';
import {
  type AnchorContent,
  buildAnchorTransaction,
  FeePayer,
  parseAnchorCheckpoint,
  readAnchorTransaction,
  TRANSACTION_BYTES_MAX,
} from './index.ts';

const blockhash = 'GfVcyD4kkTrj4bKc7WA9sZCin9JDbdT4Zkd3EittNR1W';
const options = { blockhash, computeUnitLimit: 1_400_000, computeUnitPriceMicroLamports: 2 ** 40 };

describe('an anchor transaction', () => {
  it('fits with the longest network name and the largest tree', () => {
    const largest = checkpoint({ networkName: 'a'.repeat(32), treeSize: Number.MAX_SAFE_INTEGER });
    expect(utf8(largest.text).length).toBe(197);
    expect(utf8(largest.note).length).toBe(378);
    const { bytes } = buildAnchorTransaction({ checkpoint: largest, ...options }, FeePayer.generate());
    expect(bytes.length).toBe(945);
    expect(bytes.length).toBeLessThan(TRANSACTION_BYTES_MAX);
  });

  it('gives back the note, and what the precompile verifies', () => {
    const anchored = checkpoint({ treeSize: 7 });
    const built = buildAnchorTransaction({ checkpoint: anchored, ...options }, FeePayer.generate());
    const content = readAnchorTransaction(built.bytes);
    expect(content.transaction).toBe(built.transaction);
    expect(content.memos).toEqual([note({ treeSize: 7 })]);
    expect(content.precompileVerified).toEqual({
      publicKey: GROUP.publicKey,
      message: utf8(anchored.text),
      signature: anchored.signature,
    });
  });

  it('is the same for the same input: nothing random, so a restart can rebuild it', () => {
    const payer = FeePayer.generate();
    const build = () => buildAnchorTransaction({ checkpoint: checkpoint(), ...options }, payer);
    expect(build()).toEqual(build());
  });

  it('reading any bytes returns or throws a coded error', () => {
    const { bytes } = buildAnchorTransaction({ checkpoint: checkpoint(), ...options }, FeePayer.generate());
    const read = (input: Uint8Array): AnchorContent | undefined => {
      try {
        return readAnchorTransaction(input);
      } catch (error) {
        expect(error).toMatchObject({ code: 'SOLANA_TRANSACTION_MALFORMED' });
        return undefined;
      }
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 1300 }), (input) => void read(input)));
    const rng = new Rng(5);
    for (let i = 0; i < 2000; i++) {
      const mutated = Uint8Array.from(bytes).subarray(0, rng.chance(0.2) ? rng.integer(0, bytes.length) : bytes.length);
      if (mutated.length > 0) mutated[rng.integer(0, mutated.length - 1)] = rng.integer(0, 255);
      read(mutated);
    }
  });
});

describe('a checkpoint note', () => {
  it('is taken apart, and cosignatures are left out of what is anchored', () => {
    const plain = note({ networkName: 'air-quality', treeSize: 1234 });
    const cosigned = `${plain}\u2014 witness.example/w1 ${Buffer.alloc(76, 1).toString('base64')}\n`;
    const parsed = parseAnchorCheckpoint(cosigned, GROUP.publicKey);
    expect(parsed).toMatchObject({ networkName: 'air-quality', treeSize: 1234, note: plain });
  });

  it.each([
    ['no newline at the end', (text: string) => text.slice(0, -1)],
    ['a leading zero', (text: string) => text.replace('\n1234\n', '\n01234\n')],
    ['a tree of nothing', (text: string) => text.replace('\n1234\n', '\n0\n')],
    ['a size beyond 2^53', (text: string) => text.replace('\n1234\n', '\n9999999999999999\n')],
    ['a hyphen for the dash', (text: string) => text.replace('\u2014', '-')],
    ['carriage returns', (text: string) => text.replaceAll('\n', '\r\n')],
    ['a fifth line', (text: string) => text.replace('\n\n', '\nmore\n\n')],
    ['an uppercase name', (text: string) => text.replaceAll('cairn/test', 'cairn/Test')],
    ['base64 with stray bits', (text: string) => text.replace(/(header .{42}).=/, '$19=')],
    ['nothing', () => ''],
    ['a megabyte', (text: string) => text + 'x'.repeat(1_000_000)],
  ])('is refused with %s', (_, change) => {
    const changed = change(note({ treeSize: 1234 }));
    expect(() => parseAnchorCheckpoint(changed, GROUP.publicKey)).toThrow('not a signed checkpoint note');
  });

  it('of another group key is refused', () => {
    expect(() => checkpoint({}, 'ab'.repeat(32) as typeof GROUP.publicKey)).toThrow('not a signed checkpoint note');
  });
});
