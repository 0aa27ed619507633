import { createSigner, verifySignature } from '@cairn/crypto';
import { Rng, toHash } from '@cairn/primitives';
import { prepareVoteSigningBytes } from '@cairn/protocol';
import { describe, expect, test } from 'vitest';
import { Outbox } from './outbox.ts';

const rng = new Rng(8);
const networkId = toHash(rng.bytes(32));
const signer = createSigner(rng.bytes(32));

function outbox(silentUpTo: number): Outbox {
  return new Outbox(
    { self: 1, networkId },
    {
      sign: signer.sign,
      isSilentAt: (height) => height <= silentUpTo,
      certifiedBlock: () => expect.fail('nobody asked for a block'),
      now: () => 0,
    },
  );
}

describe('credits (5.4)', () => {
  const votes = [5, 6, 7].map((height) => {
    return { epoch: 0, height, view: 1, blockHash: toHash(rng.bytes(32)), member: 1 };
  });

  test('carry the signature that the vote itself carried', () => {
    const credits = outbox(0).sealCredits({ kind: 'seal-credits', votes });
    expect(credits.map(({ signature: _, ...vote }) => vote)).toEqual(votes);
    for (const credit of credits) {
      const signedBytes = prepareVoteSigningBytes(networkId, credit);
      expect(verifySignature(signer.publicKey, signedBytes, credit.signature), `height ${credit.height}`).toBe(true);
    }
  });

  test('are not signed for heights where an older disk may have voted otherwise', () => {
    const credits = outbox(6).sealCredits({ kind: 'seal-credits', votes });
    expect(credits.map(({ height }) => height)).toEqual([7]);
  });
});
