import { Rng, utf8 } from '@cairn/primitives';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkpoint, GROUP, note } from '../test/fixtures.ts';
import {
  type AnchorContent,
  buildAnchorTransaction,
  FeePayer,
  readAnchorTransaction,
  TRANSACTION_BYTES_MAX,
  verifiedCheckpoint,
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

describe('a checkpoint', () => {
  it('is read from its note and verified', () => {
    const text = note({ networkName: 'air-quality', treeSize: 1234 });
    expect(verifiedCheckpoint(text, GROUP.publicKey)).toMatchObject({ treeSize: 1234, note: text });
  });

  it('is refused when forged, under another key, or when it is no note', () => {
    const codeOf = (noteText: string, key = GROUP.publicKey): string => {
      try {
        verifiedCheckpoint(noteText, key);
        return 'accepted';
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    expect(codeOf(note())).toBe('accepted');
    expect(codeOf(note({ isForged: true }))).toBe('SOLANA_CHECKPOINT_INVALID');
    expect(codeOf(note(), 'ab'.repeat(32) as typeof GROUP.publicKey)).toBe('SOLANA_CHECKPOINT_INVALID');
    expect(codeOf(note().replace('\n\n', '\nmore\n\n'))).toBe('PROTOCOL_CHECKPOINT_MALFORMED');
  });
});
