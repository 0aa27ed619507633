import { assert } from '@cairn/primitives';

/** Squares of numbers up to this are safe integers. */
const SQUARE_SAFE_MAX = 94_906_265;

/** Quotient rounded towards minus infinity. @param divisor positive. */
export function floorDivide(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  return dividend < 0n && quotient * divisor !== dividend ? quotient - 1n : quotient;
}

/** Sum of safe integers, exact: in numbers as long as they are exact, else carried over into a bigint. */
export function sumOf(values: Float64Array): bigint {
  let carried = 0n;
  let partial = 0;
  for (const value of values) {
    const next = partial + value;
    if (Number.isSafeInteger(next)) {
      partial = next;
    } else {
      carried += BigInt(partial);
      partial = value;
    }
  }
  return carried + BigInt(partial);
}

/** Sum of the squares of safe integers, exact. */
export function sumOfSquares(values: Float64Array): bigint {
  let carried = 0n;
  let partial = 0;
  for (const value of values) {
    if (Math.abs(value) > SQUARE_SAFE_MAX) {
      carried += BigInt(value) * BigInt(value);
      continue;
    }
    const square = value * value;
    const next = partial + square;
    if (Number.isSafeInteger(next)) {
      partial = next;
    } else {
      carried += BigInt(partial);
      partial = square;
    }
  }
  return carried + BigInt(partial);
}

/** Integer square root: the largest r with r * r <= value (Newton's method on integers). */
export function squareRoot(value: bigint): bigint {
  return integerRoot(value, 2);
}

/** The largest r with r^degree <= value. @param value not negative. @param degree at least 2. */
export function integerRoot(value: bigint, degree: number): bigint {
  assert(value >= 0n, 'a root of no negative number');
  if (value < 2n) return value;
  const k = BigInt(degree);
  // A power of two above the root; from above, Newton's steps fall until they reach it.
  let guess = 1n << (BigInt(value.toString(2).length) / k + 1n);
  for (;;) {
    const next = ((k - 1n) * guess + value / power(guess, degree - 1)) / k;
    if (next >= guess) return guess;
    guess = next;
  }
}

function power(base: bigint, exponent: number): bigint {
  let product = 1n;
  for (let i = 0; i < exponent; i++) product *= base;
  return product;
}
