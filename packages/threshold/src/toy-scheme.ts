import { keyPairFromSeed, sha256, wipe } from '@cairn/crypto';
import {
  concatBytes,
  equalBytes,
  fromHex,
  type MemberIndex,
  type PublicKey,
  toSignature,
  utf8,
} from '@cairn/primitives';
import { assertShares, checkCommitments, checkSigner, SecretNonces } from './secret-nonces.ts';
import type { GroupKeySet, KeyShare, SessionParameters, SigningSession, ThresholdScheme } from './threshold-scheme.ts';

const tagOf = (tag: string): Uint8Array => utf8(`cairn-toy/${tag}/`);
const tags = {
  nonce: tagOf('nonce'),
  nonce2: tagOf('nonce2'),
  point: tagOf('point'),
  session: tagOf('session'),
  share: tagOf('share'),
  signature: tagOf('signature'),
};

/**
 * A deterministic fake for the simulator, a thousand times quicker than FROST: the same interface, steps and refusals,
 * and no security at all, since whoever knows the public keys can forge. Production code must not import this file;
 * the tidy test sees to it.
 */
export const toyScheme: ThresholdScheme = {
  name: 'toy',
  commitNonce({ secretShare }, random) {
    const scalars = { hiding: tagged('nonce', random, secretShare), binding: tagged('nonce2', random, secretShare) };
    wipe(random);
    const commitment = { hiding: tagged('point', scalars.hiding), binding: tagged('point', scalars.binding) };
    return { nonces: new SecretNonces(scalars, commitment), commitment };
  },
  isValidCommitment: ({ hiding, binding }) => isToyPoint(hiding) && isToyPoint(binding),
  createSession,
  verifySignature(groupKey, message, signature) {
    if (!/^[0-9a-f]{128}$/.test(signature)) return false;
    const bytes = fromHex(signature, 64);
    const session = bytes.subarray(0, 32);
    return equalBytes(bytes.subarray(32), tagged('signature', session, fromHex(groupKey, 32), message));
  },
};

function createSession(parameters: SessionParameters): SigningSession {
  checkCommitments(parameters.commitments);
  const { groupKey, message, commitments } = parameters;
  const points = commitments.flatMap(({ index, hiding, binding }) => [Uint8Array.of(index), hiding, binding]);
  // Like a Schnorr commitment, it makes signatures of one message by different sessions differ.
  const session = tagged('session', fromHex(groupKey, 32), sha256(message), ...points);
  const shareOf = (verificationShare: PublicKey) => tagged('share', session, fromHex(verificationShare, 32));
  const members = new Set<MemberIndex>(commitments.map(({ index }) => index));
  const self: SigningSession = {
    parameters,
    signShare(keyShare, nonces) {
      checkSigner(parameters, keyShare, nonces);
      return nonces.spend(() => shareOf(keyShare.verificationShare));
    },
    verifyShare: ({ index, z }, verificationShare) => members.has(index) && equalBytes(z, shareOf(verificationShare)),
    aggregate(shares, verificationShares) {
      assertShares(parameters, shares);
      const culprits = shares
        .filter((share) => !self.verifyShare(share, verificationShares[share.index] as PublicKey))
        .map(({ index }) => index)
        .sort((a, b) => a - b);
      if (culprits.length > 0) return { kind: 'refused', culprits };
      const proof = tagged('signature', session, fromHex(groupKey, 32), message);
      return { kind: 'signed', signature: toSignature(concatBytes(session, proof)) };
    },
  };
  return self;
}

/** Keys for a toy committee. The public ones are true Ed25519 points, so that genesis accepts them. */
export function dealToyShares(
  sizes: { readonly threshold: number; readonly memberCount: number },
  rng: { bytes(length: number): Uint8Array },
): GroupKeySet & { readonly keyShares: readonly KeyShare[] } {
  const groupKey = keyPairFromSeed(rng.bytes(32)).publicKey;
  const keyShares = Array.from({ length: sizes.memberCount }, (_, index) => {
    const { publicKey, secretSeed } = keyPairFromSeed(rng.bytes(32));
    return { index, groupKey, verificationShare: publicKey, secretShare: secretSeed };
  });
  const verificationShares = keyShares.map(({ verificationShare }) => verificationShare);
  return { threshold: sizes.threshold, groupKey, verificationShares, keyShares };
}

/** Any 32 bytes but those of 0xff stand for a point, so that a simulated liar has something invalid to send. */
function isToyPoint(point: Uint8Array): boolean {
  return point.length === 32 && point.some((byte) => byte !== 255);
}

function tagged(tag: keyof typeof tags, ...parts: readonly Uint8Array[]): Uint8Array {
  return sha256(concatBytes(tags[tag], ...parts));
}
