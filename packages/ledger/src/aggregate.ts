import type { Aggregate, AggregateKind } from '@cairn/protocol';
import { energeticMean } from './energetic-mean.ts';
import { floorDivide, squareRoot, sumOf, sumOfSquares } from './integer-math.ts';

/** Nearest rank: element ceil(p * n / 100), counted from 1; the median is the lower one. */
const PERCENTS: Partial<Record<AggregateKind, number>> = {
  median: 50,
  p05: 5,
  p10: 10,
  p25: 25,
  p75: 75,
  p90: 90,
  p95: 95,
  p99: 99,
};

/**
 * One number of one channel and window (protocol section 6, "Numbers").
 * @param sorted ascending, not empty: safe integers scaled by the channel's exponent, within a range of 2^53 - 1.
 * @returns code `overflow` and 0 where the number would leave int64.
 */
export function aggregate(kind: AggregateKind, sorted: Float64Array, exponent: number): Aggregate {
  const value = exactAggregate(kind, sorted, exponent);
  // "a result outside int64 is a code, not a number"
  if (BigInt.asIntN(64, value) !== value) return { kind, code: 'overflow', value: 0n };
  return { kind, code: 'ok', value };
}

function exactAggregate(kind: AggregateKind, sorted: Float64Array, exponent: number): bigint {
  const count = BigInt(sorted.length);
  switch (kind) {
    case 'count':
      return count;
    case 'min':
      return BigInt(sorted[0] as number);
    case 'max':
      return BigInt(sorted[sorted.length - 1] as number);
    case 'sum':
      return sumOf(sorted);
    case 'mean':
      // floor((2 * sum + n) / 2n): to the nearest, halves up
      return floorDivide(2n * sumOf(sorted) + count, 2n * count);
    case 'energetic-mean':
      return energeticMean(sorted, exponent);
    case 'dispersion':
      return dispersion(sorted);
    default:
      return BigInt(nearestRank(sorted, PERCENTS[kind] as number));
  }
}

/** Element ceil(percent * n / 100) of a sorted list that is not empty, counted from 1. */
export function nearestRank(sorted: Float64Array, percent: number): number {
  const hundredfold = percent * sorted.length;
  const rank = (hundredfold + ((100 - (hundredfold % 100)) % 100)) / 100;
  return sorted[Math.max(1, rank) - 1] as number;
}

/**
 * Square root, rounded down, of the population variance: floor(sqrt((n * sum(v^2) - sum(v)^2) / n^2)).
 * Deviations from the lower median stand for the values: the variance does not change when all are moved alike.
 */
function dispersion(sorted: Float64Array): bigint {
  const count = BigInt(sorted.length);
  const origin = nearestRank(sorted, 50);
  const moved = sorted.map((value) => value - origin);
  const sum = sumOf(moved);
  return squareRoot((count * sumOfSquares(moved) - sum * sum) / (count * count));
}
