import { toHash } from '@cairn/primitives';
import { describe, expect, it } from 'vitest';
import { networkFixture } from './fixture.ts';
import { firstFailure, verifyCheckpoint, verifyConsistencyOf } from './index.ts';

const network = networkFixture();
const other = networkFixture({ seed: 2 });
const trust = { networkId: network.networkId, groupKey: network.groupKey };

describe('a checkpoint', () => {
  it('verifies under its own network and key', () => {
    expect(verifyCheckpoint(network.note(4), trust).verified).toBe(true);
    expect(verifyCheckpoint(network.note(4), { genesis: network.genesisBytes }).verified).toBe(true);
  });

  it.each([
    ['of another network', other.note(4), 'VERIFY_NETWORK_MISMATCH'],
    ['with another size', network.note(4).replace('\n4\n', '\n5\n'), 'VERIFY_SIGNATURE_INVALID'],
    ['without its last newline', network.note(4).slice(0, -1), 'VERIFY_CHECKPOINT_MALFORMED'],
  ])('%s is refused', (_, note, code) => {
    const report = verifyCheckpoint(note, trust);
    expect(report.verified).toBe(false);
    expect(firstFailure(report)?.code).toBe(code);
  });
});

describe('consistency', () => {
  it('holds between any two sizes, in either order', () => {
    for (let first = 1; first <= network.headers.length; first++) {
      for (let second = first; second <= network.headers.length; second++) {
        const proof = network.consistencyProof(first, second);
        const [a, b] = [network.note(first), network.note(second)];
        expect(verifyConsistencyOf({ first: a, second: b, proof }, trust).verified, `${first} ${second}`).toBe(true);
        expect(verifyConsistencyOf({ first: b, second: a, proof }, trust).verified, `${second} ${first}`).toBe(true);
      }
    }
  });

  it('a changed or foreign proof is refused', () => {
    const claim = { first: network.note(5), second: network.note(11) };
    const proof = network.consistencyProof(5, 11);
    for (let i = 0; i < proof.length; i++) {
      const changed = proof.with(i, toHash(new Uint8Array(32)));
      expect(firstFailure(verifyConsistencyOf({ ...claim, proof: changed }, trust))?.code).toBe(
        'VERIFY_CONSISTENCY_INVALID',
      );
    }
    expect(verifyConsistencyOf({ ...claim, proof: [] }, trust).verified).toBe(false);
  });

  it('a rewritten history has no proof: two signed roots of one size', () => {
    // The same genesis and keys, another block 3: what a group that was taken over could sign.
    const size = 4;
    const forked = networkFixture({ seed: 1, blockCount: 2 });
    const rewritten = network.note(size).replace(/\n[^\n]{44}\nheader/, `\n${'A'.repeat(43)}=\nheader`);
    const report = verifyConsistencyOf({ first: network.note(size), second: rewritten, proof: [] }, trust);
    expect(report.checks.find(({ name }) => name === 'consistency')?.holds).toBe(false);
    expect(forked.note(3)).toBe(network.note(3));
  });
});
