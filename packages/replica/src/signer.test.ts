import type { SignerRequest } from '@cairn/consensus';
import { type Hash, Rng, toSignature } from '@cairn/primitives';
import { signRequestHash } from '@cairn/protocol';
import { frostScheme } from '@cairn/threshold';
import { dealShares } from '@cairn/threshold/testing';
import { dealToyShares, toyScheme } from '@cairn/threshold/toy';
import { describe, expect, it } from 'vitest';
import { Signer } from './signer.ts';

const SIGNATURE = toSignature('11'.repeat(64));
const TEXT = new TextEncoder().encode('the text of a checkpoint');
const HASH = '22'.repeat(32) as Hash;

/** The toy of the simulator must make the same transitions as FROST: every case runs with both. */
describe.each([
  ['FROST', frostScheme, dealShares({ threshold: 3, memberCount: 4 }, new Rng(1))],
  ['the toy', toyScheme, dealToyShares({ threshold: 3, memberCount: 4 }, new Rng(1))],
] as const)('signers with %s', (_, scheme, dealt) => {
  const signers = () =>
    dealt.keyShares.map((keyShare, index) => {
      const rng = new Rng(100 + index);
      const parts = { scheme, randomBytes: (length: number) => rng.bytes(length) };
      return new Signer({ keyShare, verificationShares: dealt.verificationShares }, parts);
    });
  type Commit = { hiding: Uint8Array; binding: Uint8Array };
  const at = { epoch: 0, height: 5, view: 1 };

  function commit(signer: Signer, view = 1): Commit {
    const result = signer.handle({ kind: 'commit-nonce', ...at, view });
    if (result?.kind !== 'nonce') throw new Error('no nonce');
    return result;
  }

  function signWork(points: readonly Commit[], session = 0, view = 1): Extract<SignerRequest, { kind: 'sign' }> {
    const commitments = points.map(({ hiding, binding }, member) => ({
      member,
      hiding,
      binding,
      signature: SIGNATURE,
    }));
    const body = { ...at, view, blockHash: HASH, session, commitments };
    const certificate = { ...at, view, blockHash: HASH, votes: [] };
    const request = { kind: 'sign-request' as const, ...body, member: 0, certificate };
    return { kind: 'sign', request, requestHash: signRequestHash(body), text: TEXT };
  }

  it('sign together, and the aggregate verifies under the group key', () => {
    const three = signers().slice(0, 3);
    const work = signWork(three.map((signer) => commit(signer)));
    const shares = three.map((signer, member) => {
      const result = signer.handle(work);
      if (result?.kind !== 'share') throw new Error(`no share of ${member}`);
      return { member, z: result.z };
    });
    const result = three[0]?.handle({ ...work, kind: 'aggregate', shares });
    if (result?.kind !== 'aggregated') throw new Error('not aggregated');
    expect(scheme.verifySignature(dealt.groupKey, TEXT, result.signature)).toBe(true);
  });

  it('name the member whose share is wrong', () => {
    const three = signers().slice(0, 3);
    const work = signWork(three.map((signer) => commit(signer)));
    const shares = three.map((signer, member) => {
      const result = signer.handle(work);
      if (result?.kind !== 'share') throw new Error(`no share of ${member}`);
      return { member, z: member === 1 ? new Uint8Array(32).fill(1) : result.z };
    });
    expect(three[0]?.handle({ ...work, kind: 'aggregate', shares })).toMatchObject({ kind: 'culprits', members: [1] });
  });

  it('use a nonce once, and offer a fresh one with the refusal', () => {
    const [one] = signers() as [Signer];
    const own = commit(one);
    const others = signers()
      .slice(1, 3)
      .map((signer) => commit(signer));
    expect(one.handle(signWork([own, ...others]))?.kind).toBe('share');
    const again = one.handle(signWork([own, ...others], 1));
    if (again?.kind !== 'unknown-nonce') throw new Error('a nonce was used twice');
    expect(again.fresh.hiding).not.toEqual(own.hiding);
  });

  it('refuse a nonce of another view, of another process, and one that was destroyed', () => {
    const others = signers()
      .slice(1, 3)
      .map((signer) => commit(signer));
    const [first] = signers() as [Signer];
    expect(first.handle(signWork([commit(first, 0), ...others], 0, 1))?.kind).toBe('unknown-nonce');
    const [second] = signers() as [Signer];
    const beforeCrash = commit(second);
    const [restarted] = signers() as [Signer];
    expect(restarted.handle(signWork([beforeCrash, ...others]))?.kind).toBe('unknown-nonce');
    const [third] = signers() as [Signer];
    const own = commit(third);
    third.handle({ kind: 'destroy-nonces', height: 5, view: 1 });
    expect(third.heldNonceCount).toBe(0);
    expect(third.handle(signWork([own, ...others]))?.kind).toBe('unknown-nonce');
  });
});
