import { sha512 } from '@cairn/crypto';
import {
  decodeScalar,
  GROUP_ORDER,
  type GroupArithmetic,
  reduceScalar,
  scalarFromBytes,
  scalarToBytes,
} from '@cairn/crypto/group';
import { assert, concatBytes, equalBytes, fromHex, hasCode, type MemberIndex, utf8 } from '@cairn/primitives';
import type { DkgContext, SignedDealing } from './dkg-message.ts';
import { evaluateCommitments, evaluatePolynomial, identifierOf } from './polynomial.ts';

/** RFC 9591 leaves key generation open; this is the tag of the FROST paper's proof as implementations write it. */
const PROOF_TAG = utf8('FROST-ED25519-SHA512-v1dkg');

/** A dealer's secret polynomial with its public dealing, not yet signed. */
export interface SecretDealing {
  readonly coefficients: readonly bigint[];
  readonly public: Omit<SignedDealing, 'signature'>;
}

/** How many random bytes one dealing takes: 64 for each coefficient and 64 for the proof. */
export function dealingRandomBytes(threshold: number): number {
  return 64 * (threshold + 1);
}

/**
 * Round 1 of PedPoP (Komlo, Goldberg 2020, figure 1). Deviation: the proof also covers the ceremony id, so that none
 * can be replayed into another run.
 * @param random `dealingRandomBytes(threshold)` uniform bytes; wiped.
 */
export function createDealing(
  context: DkgContext,
  dealer: MemberIndex,
  secrets: { readonly random: Uint8Array; readonly arithmetic: GroupArithmetic },
): SecretDealing {
  const { random, arithmetic } = secrets;
  assert(random.length === dealingRandomBytes(context.threshold), '64 random bytes for each scalar');
  const scalars = Array.from({ length: context.threshold + 1 }, (_, i) =>
    reduceScalar(random.subarray(64 * i, 64 * i + 64)),
  );
  random.fill(0);
  const [nonce, ...coefficients] = scalars as [bigint, ...bigint[]];
  const commitments = coefficients.map((coefficient) => arithmetic.multiplyBase(coefficient));
  const nonceCommitment = arithmetic.multiplyBase(nonce);
  const challenge = proofChallenge(context, dealer, commitments[0] as Uint8Array, nonceCommitment);
  const mu = (nonce + (coefficients[0] as bigint) * challenge) % GROUP_ORDER;
  return { coefficients, public: { commitments, proof: concatBytes(nonceCommitment, scalarToBytes(mu)) } };
}

/**
 * "Points are canonical, of prime order, not the identity", one for each coefficient, and the dealer knows its constant
 * (protocol section 9). The signature is not looked at.
 */
export function isValidDealing(
  context: DkgContext,
  dealer: MemberIndex,
  dealing: Omit<SignedDealing, 'signature'>,
  arithmetic: GroupArithmetic,
): boolean {
  const { commitments, proof } = dealing;
  if (commitments.length !== context.threshold || !commitments.every((point) => arithmetic.isValidPoint(point)))
    return false;
  const nonceCommitment = proof.subarray(0, 32);
  const mu = scalarOf(proof.subarray(32));
  if (mu === undefined || !arithmetic.isValidPoint(nonceCommitment)) return false;
  const constant = commitments[0] as Uint8Array;
  const challenge = proofChallenge(context, dealer, constant, nonceCommitment);
  const expected = arithmetic.subtract(arithmetic.multiplyBase(mu), arithmetic.multiply(constant, challenge));
  return equalBytes(expected, nonceCommitment);
}

/** @returns the 32-byte secret of one recipient. */
export function subShareFor(coefficients: readonly bigint[], recipient: MemberIndex): Uint8Array {
  return scalarToBytes(evaluatePolynomial(coefficients, identifierOf(recipient)));
}

/** Feldman's check: the secret lies on the polynomial that the dealing commits to. */
export function isValidSubShare(
  dealing: Omit<SignedDealing, 'signature'>,
  recipient: MemberIndex,
  subShare: Uint8Array,
  arithmetic: GroupArithmetic,
): boolean {
  const secret = scalarOf(subShare);
  if (secret === undefined) return false;
  const expected = evaluateCommitments(arithmetic, dealing.commitments, identifierOf(recipient));
  return equalBytes(arithmetic.multiplyBase(secret), expected);
}

/** @returns the sum of a member's sub-shares: its share of the group secret. */
export function sumSubShares(subShares: readonly Uint8Array[]): bigint {
  return subShares.reduce((sum, subShare) => (sum + scalarFromBytes(subShare)) % GROUP_ORDER, 0n);
}

function proofChallenge(
  context: DkgContext,
  dealer: MemberIndex,
  constant: Uint8Array,
  nonceCommitment: Uint8Array,
): bigint {
  const identifier = scalarToBytes(identifierOf(dealer));
  return reduceScalar(sha512(PROOF_TAG, fromHex(context.ceremonyId, 32), identifier, constant, nonceCommitment));
}

function scalarOf(bytes: Uint8Array): bigint | undefined {
  try {
    return decodeScalar(bytes);
  } catch (error) {
    if (hasCode(error, 'CRYPTO_SCALAR_OUT_OF_RANGE')) return undefined;
    throw error;
  }
}
