import { GROUP_ORDER, type GroupArithmetic, invertScalar, modOrder, type PointBytes } from '@cairn/crypto/group';
import { assert, type MemberIndex } from '@cairn/primitives';

/** The FROST identifier of a member: its index plus one, since at 0 stands the secret itself. */
export function identifierOf(index: MemberIndex): bigint {
  return BigInt(index + 1);
}

/** @param coefficients the constant first. @returns the polynomial's value at x, mod L. */
export function evaluatePolynomial(coefficients: readonly bigint[], x: bigint): bigint {
  return coefficients.reduceRight((value, coefficient) => (value * x + coefficient) % GROUP_ORDER, 0n);
}

/** @param commitments of the coefficients, the constant's first. @returns value * B of the polynomial at x. */
export function evaluateCommitments(
  arithmetic: GroupArithmetic,
  commitments: readonly PointBytes[],
  x: bigint,
): PointBytes {
  assert(commitments.length > 0, 'a polynomial has a constant');
  return commitments.reduceRight((value, commitment) => arithmetic.add(arithmetic.multiply(value, x), commitment));
}

/** lambda of `own` among `all`, for interpolation at 0 (RFC 9591 section 4.2). */
export function interpolatingValue(own: MemberIndex, all: readonly MemberIndex[]): bigint {
  let numerator = 1n;
  let denominator = 1n;
  const x = identifierOf(own);
  for (const other of all) {
    if (other === own) continue;
    const y = identifierOf(other);
    numerator = (numerator * y) % GROUP_ORDER;
    denominator = modOrder(denominator * (y - x));
  }
  return (numerator * invertScalar(denominator)) % GROUP_ORDER;
}
