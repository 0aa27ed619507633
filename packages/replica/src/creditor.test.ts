import { Rng, toHash, toSignature } from '@cairn/primitives';
import { type Batch, type CertifiedBlock, decodeCredit, type PrepareCertificate } from '@cairn/protocol';
import { describe, expect, it } from 'vitest';
import { CREDIT_SPACING_HEIGHTS, Creditor } from './creditor.ts';
import type { PendingItem, WorkRequest } from './step.ts';

const SELF = 2;
const rng = new Rng(6);
const hashes = Array.from({ length: 200 }, () => toHash(rng.bytes(32)));
const hashOf = (height: number) => hashes[height] as ReturnType<typeof toHash>;

/** A member that votes at each height, and whose votes stand in the certificates of some. */
function member(isCounted: (height: number) => boolean) {
  const work: WorkRequest[] = [];
  const items: PendingItem[] = [];
  const creditor = new Creditor(
    { self: SELF },
    { gateway: { submit: (item) => items.push(item) }, draft: { work: (request) => work.push(request) } },
  );
  const voteAt = (height: number) => ({ epoch: 0, height, view: 0, blockHash: hashOf(height), member: SELF });
  const commit = (height: number, kind: 'report' | 'credit' = 'report') => {
    const votes = [0, 1, ...(isCounted(height - 1) ? [SELF] : [])].map((index) => ({ member: index }));
    const parentCertificate = { height: height - 1, votes } as unknown as PrepareCertificate;
    const block = { parentCertificate: height === 1 ? null : parentCertificate };
    const certified = { block } as unknown as CertifiedBlock;
    const batches = [{ items: [{ kind, bytes: Uint8Array.of(1) }] }] as unknown as readonly Batch[];
    creditor.onCommit({ height, blockHash: hashOf(height), certified, batches });
  };
  const posted = () =>
    work.map((request) => (request.kind === 'seal-credits' ? request.votes.map(({ height }) => height) : []));
  return { creditor, voteAt, commit, posted, items };
}

describe('a member whose votes do not count (5.4)', () => {
  it('posts none while one of the last two certificates has its vote', () => {
    const { creditor, voteAt, commit, posted } = member((height) => height % 2 === 0);
    for (let height = 1; height <= 100; height++) {
      creditor.onVote(voteAt(height));
      commit(height);
    }
    expect(posted()).toEqual([]);
  });

  it('posts all that were left out, each once, in spaced heights', () => {
    const { creditor, voteAt, commit, posted } = member(() => false);
    for (let height = 1; height <= 3 + 3 * CREDIT_SPACING_HEIGHTS; height++) {
      creditor.onVote(voteAt(height));
      commit(height);
    }
    expect(posted()).toHaveLength(4);
    expect(posted()[0]).toEqual([1, 2]);
    expect(posted().flat()).toEqual(Array.from({ length: 2 + 3 * CREDIT_SPACING_HEIGHTS }, (_, i) => i + 1));
  });

  it('posts no vote for a block that was not certified, none that counts, and none that it did not cast', () => {
    const { creditor, voteAt, commit, posted } = member((height) => height === 3);
    for (let height = 1; height <= 6; height++) {
      if (height === 5) creditor.onVote({ ...voteAt(5), blockHash: hashOf(199) });
      else if (height !== 4) creditor.onVote(voteAt(height));
      commit(height);
    }
    // The certificates of 1 and 2 lack it: it posts. Those of 4 and 5 do too, and it has no vote for either.
    expect(posted()).toEqual([[1, 2]]);
    commit(20);
    expect(posted()).toEqual([[1, 2], [6]]);
  });

  it('posts nothing upon blocks that hold credits only: an idle network comes to rest', () => {
    const { creditor, voteAt, commit, posted } = member(() => false);
    for (let height = 1; height <= 50; height++) {
      creditor.onVote(voteAt(height));
      commit(height, 'credit');
    }
    expect(posted()).toEqual([]);
    commit(51);
    expect(posted()).toHaveLength(1);
  });

  it('hands signed ones to its own intake', () => {
    const { creditor, voteAt, items } = member(() => false);
    const credit = { ...voteAt(7), signature: toSignature(rng.bytes(64)) };
    creditor.onSealed([credit]);
    expect(items.map(({ kind, bytes }) => [kind, decodeCredit(bytes)])).toEqual([['credit', credit]]);
  });
});
