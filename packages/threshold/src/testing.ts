import { groupArithmetic, reduceScalar, scalarToBytes } from '@cairn/crypto/group';
import { type Rng, toPublicKey } from '@cairn/primitives';
import { evaluatePolynomial, identifierOf } from './polynomial.ts';
import type { GroupKeySet, KeyShare } from './threshold-scheme.ts';

export { Ceremony, type Tamper } from './testing/ceremony.ts';

/** All shares in one hand: for tests and benches only. A network's key is never dealt, it is generated (DkgMachine). */
export function dealShares(
  sizes: { readonly threshold: number; readonly memberCount: number },
  rng: Pick<Rng, 'bytes'>,
): GroupKeySet & { readonly keyShares: readonly KeyShare[] } {
  const coefficients = Array.from({ length: sizes.threshold }, () => reduceScalar(rng.bytes(64)));
  return sharesOfPolynomial(coefficients, sizes.memberCount);
}

/** Shares of a given polynomial, the group secret first (RFC 9591 appendix C). For tests only. */
export function sharesOfPolynomial(
  coefficients: readonly bigint[],
  memberCount: number,
): GroupKeySet & { readonly keyShares: readonly KeyShare[] } {
  const groupKey = toPublicKey(groupArithmetic.multiplyBase(coefficients[0] as bigint));
  const keyShares = Array.from({ length: memberCount }, (_, index) => {
    const secret = evaluatePolynomial(coefficients, identifierOf(index));
    const verificationShare = toPublicKey(groupArithmetic.multiplyBase(secret));
    return { index, groupKey, verificationShare, secretShare: scalarToBytes(secret) };
  });
  const verificationShares = keyShares.map(({ verificationShare }) => verificationShare);
  return { threshold: coefficients.length, groupKey, verificationShares, keyShares };
}
