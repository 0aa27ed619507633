import { readFileSync } from 'node:fs';
import { verifySignature } from '@cairn/crypto';
import { decodeScalar, GROUP_ORDER, scalarToBytes } from '@cairn/crypto/group';
import { nativeArithmetic } from '@cairn/crypto/group/native';
import { portableArithmetic } from '@cairn/crypto/group/portable';
import { concatBytes, fromHex, type MemberIndex, type PublicKey, Rng, toHex, utf8 } from '@cairn/primitives';
import { ed25519_FROST as noble } from '@noble/curves/ed25519.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashToNonce } from './frost-hash.ts';
import { createFrostScheme, frostScheme, type KeyShare, type ThresholdScheme } from './index.ts';
import { dealShares, sharesOfPolynomial } from './testing.ts';
import { dealToyShares, toyScheme } from './toy-scheme.ts';

const vectorFile = new URL('../../../test/vectors/frost-ed25519-rfc9591.json', import.meta.url);
const vector = JSON.parse(readFileSync(vectorFile, 'utf8'));
const code = (expected: string) => expect.objectContaining({ code: expected });

/** Nonces and one session of the given members; every step but the shares. */
function openSession(scheme: ThresholdScheme, keyShares: readonly KeyShare[], message: Uint8Array, rng: Rng) {
  const signers = keyShares.map((keyShare) => ({ keyShare, ...scheme.commitNonce(keyShare, rng.bytes(64)) }));
  const commitments = signers.map(({ keyShare, commitment }) => ({ index: keyShare.index, ...commitment }));
  const groupKey = (keyShares[0] as KeyShare).groupKey;
  return { signers, session: scheme.createSession({ message, groupKey, commitments }) };
}

function signWith(scheme: ThresholdScheme, keyShares: readonly KeyShare[], message: Uint8Array, rng: Rng) {
  const { signers, session } = openSession(scheme, keyShares, message, rng);
  const shares = signers.map(({ keyShare, nonces }) => ({
    index: keyShare.index,
    z: session.signShare(keyShare, nonces),
  }));
  return { signers, session, shares };
}

describe('FROST(Ed25519, SHA-512)', () => {
  for (const arithmetic of [nativeArithmetic, portableArithmetic]) {
    const scheme = createFrostScheme(arithmetic);
    it(`RFC 9591 E.1, ${arithmetic.name}: makes the published nonces, shares and signature`, () => {
      const coefficients = [vector.groupSecretKey, vector.coefficient1].map((hex) => decodeScalar(fromHex(hex)));
      const dealt = sharesOfPolynomial(coefficients, vector.memberCount);
      expect(dealt.groupKey).toBe(vector.groupKey);
      expect(dealt.keyShares.map(({ secretShare }) => toHex(secretShare))).toEqual(vector.shares);
      const signers = vector.signers.map((signer: Record<string, string>) => {
        const keyShare = dealt.keyShares[Number(signer.identifier) - 1] as KeyShare;
        const hidingRandomness = fromHex(signer.hidingRandomness as string);
        expect(toHex(scalarToBytes(hashToNonce(hidingRandomness, keyShare.secretShare)))).toBe(signer.hidingNonce);
        const random = concatBytes(hidingRandomness, fromHex(signer.bindingRandomness as string));
        const { nonces, commitment } = scheme.commitNonce(keyShare, random);
        expect(toHex(commitment.hiding)).toBe(signer.hidingCommitment);
        expect(toHex(commitment.binding)).toBe(signer.bindingCommitment);
        expect(
          random.every((byte) => byte === 0),
          'the randomness is wiped',
        ).toBe(true);
        return { keyShare, nonces, commitment };
      });
      const commitments = signers.map(({ keyShare, commitment }: (typeof signers)[0]) => ({
        index: keyShare.index,
        ...commitment,
      }));
      const session = scheme.createSession({ message: fromHex(vector.message), groupKey: dealt.groupKey, commitments });
      const shares = signers.map(({ keyShare, nonces }: (typeof signers)[0]) => ({
        index: keyShare.index,
        z: session.signShare(keyShare, nonces),
      }));
      expect(shares.map(({ z }: { z: Uint8Array }) => toHex(z))).toEqual(
        vector.signers.map((signer: Record<string, string>) => signer.signatureShare),
      );
      expect(session.aggregate(shares, dealt.verificationShares)).toEqual({
        kind: 'signed',
        signature: vector.signature,
      });
    });
  }

  it('agrees with noble: its shares and nonces give the same signature here', () => {
    for (const [min, max] of [
      [3, 4],
      [5, 7],
    ] as const) {
      const rng = new Rng(min);
      const random = (length = 32) => rng.bytes(length);
      const dealt = noble.trustedDealer({ min, max }, undefined, undefined, random);
      const verificationShares = Array.from({ length: max }, (_, i) => {
        return toHex(dealt.public.verifyingShares[noble.Identifier.fromNumber(i + 1)] as Uint8Array) as PublicKey;
      });
      const groupKey = toHex(dealt.public.commitments[0] as Uint8Array) as PublicKey;
      const message = utf8(`noble ${min} of ${max}`);
      const signers = [...Array(max).keys()].slice(max - min).map((index) => {
        const secret = dealt.secretShares[noble.Identifier.fromNumber(index + 1)];
        if (!secret) throw new Error('no such share');
        const verificationShare = verificationShares[index] as PublicKey;
        const keyShare = { index, groupKey, verificationShare, secretShare: secret.signingShare };
        const entropy = rng.bytes(64);
        const stream = [entropy.slice(0, 32), entropy.slice(32)];
        const theirs = noble.commit(secret, () => stream.shift() as Uint8Array);
        return { index, secret, keyShare, theirs, ...frostScheme.commitNonce(keyShare, entropy) };
      });
      for (const { theirs, commitment } of signers) {
        expect(toHex(commitment.hiding)).toBe(toHex(theirs.commitments.hiding));
        expect(toHex(commitment.binding)).toBe(toHex(theirs.commitments.binding));
      }
      const commitments = signers.map(({ index, commitment }) => ({ index, ...commitment }));
      const session = frostScheme.createSession({ message, groupKey, commitments });
      const list = signers.map(({ theirs }) => theirs.commitments);
      const shares = signers.map(({ index, keyShare, nonces, secret, theirs }) => {
        const z = session.signShare(keyShare, nonces);
        expect(toHex(z)).toBe(toHex(noble.signShare(secret, dealt.public, theirs.nonces, list, message)));
        return { index, z };
      });
      const result = session.aggregate(shares, verificationShares);
      expect(result.kind).toBe('signed');
      if (result.kind === 'signed')
        expect(noble.verify(fromHex(result.signature), message, fromHex(groupKey))).toBe(true);
    }
  });

  it('any t shares sign, and t - 1 never do', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 7 }), fc.nat(), fc.uint8Array({ maxLength: 80 }), (n, seed, message) => {
        const rng = new Rng(seed);
        const threshold = rng.integer(1, n);
        const dealt = dealShares({ threshold, memberCount: n }, rng);
        const chosen = rng
          .shuffled(dealt.keyShares)
          .slice(0, threshold)
          .sort((a, b) => a.index - b.index);
        const { session, shares } = signWith(frostScheme, chosen, message, rng);
        const result = session.aggregate(shares, dealt.verificationShares);
        expect(result.kind).toBe('signed');
        if (result.kind === 'signed') expect(verifySignature(dealt.groupKey, message, result.signature)).toBe(true);
        if (threshold < 2) return;
        const few = signWith(frostScheme, chosen.slice(1), message, rng);
        // All shares are honest, so nobody is to blame: there are too few of them.
        expect(few.session.aggregate(few.shares, dealt.verificationShares)).toEqual({ kind: 'refused', culprits: [] });
      }),
      { numRuns: 30 },
    );
  });

  it('refuses points of small order, the identity and garbage when they arrive', () => {
    const point = dealShares({ threshold: 1, memberCount: 1 }, new Rng(1)).groupKey;
    const hiding = fromHex(point);
    for (const bad of [
      new Uint8Array(32),
      Uint8Array.of(1, ...new Uint8Array(31)),
      new Uint8Array(32).fill(255),
      new Uint8Array(3),
    ]) {
      expect(frostScheme.isValidCommitment({ hiding, binding: bad })).toBe(false);
      expect(frostScheme.isValidCommitment({ hiding: bad, binding: hiding })).toBe(false);
    }
    expect(frostScheme.isValidCommitment({ hiding, binding: hiding })).toBe(true);
  });

  it('a share that is not a reduced scalar names its signer', () => {
    const rng = new Rng(5);
    const dealt = dealShares({ threshold: 2, memberCount: 3 }, rng);
    const { session, shares } = signWith(frostScheme, dealt.keyShares.slice(0, 2), utf8('m'), rng);
    const [first, second] = shares as [(typeof shares)[0], (typeof shares)[0]];
    const overflowing = decodeScalar(second.z) + GROUP_ORDER;
    const z = new Uint8Array(32);
    for (let i = 0; i < 32; i++) z[i] = Number((overflowing >> BigInt(8 * i)) & 255n);
    for (const bad of [z, new Uint8Array(31), new Uint8Array(32).fill(255)]) {
      expect(session.aggregate([first, { ...second, z: bad }], dealt.verificationShares)).toEqual({
        kind: 'refused',
        culprits: [1],
      });
    }
  });
});

describe.each([
  { scheme: frostScheme, deal: dealShares },
  { scheme: toyScheme, deal: dealToyShares },
])('every scheme: $scheme.name', ({ scheme, deal }) => {
  const message = utf8('checkpoint');
  const setup = (threshold = 3, memberCount = 4, seed = 9) => {
    const rng = new Rng(seed);
    return { rng, dealt: deal({ threshold, memberCount }, rng) };
  };

  it('signs, and the signature is good for its message and key only', () => {
    const { rng, dealt } = setup();
    for (const absent of [0, 1, 2, 3]) {
      const chosen = dealt.keyShares.filter(({ index }) => index !== absent);
      const { session, shares } = signWith(scheme, chosen, message, rng);
      const result = session.aggregate(rng.shuffled(shares), dealt.verificationShares);
      if (result.kind !== 'signed') throw new Error(`not signed without ${absent}`);
      expect(scheme.verifySignature(dealt.groupKey, message, result.signature)).toBe(true);
      expect(scheme.verifySignature(dealt.groupKey, utf8('other'), result.signature)).toBe(false);
      expect(scheme.verifySignature(setup(3, 4, 10).dealt.groupKey, message, result.signature)).toBe(false);
      expect(scheme.verifySignature(dealt.groupKey, message, 'zz' as never)).toBe(false);
    }
  });

  it('signatures of one message by two sessions differ', () => {
    const { rng, dealt } = setup();
    const [a, b] = [1, 2].map(() => {
      const { session, shares } = signWith(scheme, dealt.keyShares.slice(0, 3), message, rng);
      return session.aggregate(shares, dealt.verificationShares);
    });
    expect(a).not.toEqual(b);
  });

  it('names exactly the members whose shares are wrong', () => {
    for (let mask = 1; mask < 8; mask++) {
      const { rng, dealt } = setup();
      const { session, shares } = signWith(scheme, dealt.keyShares.slice(1), message, rng);
      const liars: MemberIndex[] = [0, 1, 2].filter((bit) => (mask >> bit) & 1).map((bit) => bit + 1);
      const mixed = shares.map((share) => (liars.includes(share.index) ? { ...share, z: changed(share) } : share));
      expect(session.aggregate(mixed, dealt.verificationShares)).toEqual({ kind: 'refused', culprits: liars });
      for (const share of mixed) {
        const key = dealt.verificationShares[share.index] as PublicKey;
        expect(session.verifyShare(share, key), `share ${share.index}`).toBe(!liars.includes(share.index));
      }
    }
  });

  it('a share of another session, or of a member outside it, does not verify', () => {
    const { rng, dealt } = setup();
    const one = signWith(scheme, dealt.keyShares.slice(0, 3), message, rng);
    const two = signWith(scheme, dealt.keyShares.slice(0, 3), message, rng);
    const key = dealt.verificationShares[0] as PublicKey;
    const share = two.shares[0] as (typeof two.shares)[0];
    expect(one.session.verifyShare(share, key)).toBe(false);
    expect(two.session.verifyShare(share, key)).toBe(true);
    expect(two.session.verifyShare({ ...share, index: 3 }, key)).toBe(false);
  });

  it('never uses a nonce twice, nor one that was destroyed', () => {
    const { rng, dealt } = setup();
    const { session, signers } = signWith(scheme, dealt.keyShares.slice(0, 3), message, rng);
    const { keyShare, nonces } = signers[0] as (typeof signers)[0];
    expect(nonces.isSpent).toBe(true);
    expect(() => session.signShare(keyShare, nonces)).toThrow(code('THRESHOLD_NONCE_SPENT'));
    const fresh = openSession(scheme, dealt.keyShares.slice(0, 3), message, rng);
    const unused = fresh.signers[0] as (typeof fresh.signers)[0];
    unused.nonces.destroy();
    unused.nonces.destroy();
    expect(() => fresh.session.signShare(keyShare, unused.nonces)).toThrow(code('THRESHOLD_NONCE_SPENT'));
    expect(JSON.stringify(unused.nonces)).not.toContain('scalars');
  });

  it('refuses to sign with another nonce than the session names, and keeps it', () => {
    const { rng, dealt } = setup();
    const { session } = openSession(scheme, dealt.keyShares.slice(0, 3), message, rng);
    const keyShare = dealt.keyShares[0] as KeyShare;
    const other = scheme.commitNonce(keyShare, rng.bytes(64));
    expect(() => session.signShare(keyShare, other.nonces)).toThrow(code('THRESHOLD_COMMITMENT_MISMATCH'));
    const outsider = dealt.keyShares[3] as KeyShare;
    expect(() => session.signShare(outsider, other.nonces)).toThrow(code('THRESHOLD_COMMITMENT_MISMATCH'));
    const stranger = setup(3, 4, 77).dealt.keyShares[0] as KeyShare;
    expect(() => session.signShare(stranger, other.nonces)).toThrow(code('THRESHOLD_KEY_MISMATCH'));
    expect(other.nonces.isSpent).toBe(false);
  });

  it('refuses a commitment list that is empty, out of order, or names a member twice', () => {
    const { rng, dealt } = setup();
    const { session } = openSession(scheme, dealt.keyShares.slice(0, 3), message, rng);
    const { commitments } = session.parameters;
    const [a, b, c] = commitments as [(typeof commitments)[0], (typeof commitments)[0], (typeof commitments)[0]];
    for (const list of [
      [],
      [b, a, c],
      [a, a, b],
      [a, b, { ...c, hiding: new Uint8Array(31) }],
      [{ ...a, index: -1 }, b, c],
    ]) {
      const parameters = { ...session.parameters, commitments: list };
      expect(() => scheme.createSession(parameters)).toThrow(code('THRESHOLD_COMMITMENTS_INVALID'));
    }
  });
});

/** Each member errs in another byte: two errors that cancel would leave a valid signature, and nobody to blame. */
function changed({ index, z }: { index: MemberIndex; z: Uint8Array }): Uint8Array {
  return z.with(index, (z[index] as number) ^ 1);
}
