import { nearestRank } from './aggregate.ts';

/**
 * Median absolute deviation filter: a reading is an outlier when |v - median| * 1000 > factorMilli * max(MAD, 1), where
 * MAD is the median of |v - median|; medians are the lower ones. MAD counts as at least one unit of the scale, or
 * readings that mostly agree to the last digit would cast out every other.
 * @param sorted ascending, not empty, within a range of 2^53 - 1.
 * @returns the bounds, both included, of what stays.
 */
export function inlierBounds(
  sorted: Float64Array,
  factorMilli: number,
): { readonly low: number; readonly high: number } {
  const median = nearestRank(sorted, 50);
  const deviations = sorted.map((value) => Math.abs(value - median)).sort();
  const deviation = Math.max(1, nearestRank(deviations, 50));
  const limit = (BigInt(factorMilli) * BigInt(deviation)) / 1000n;
  // All deviations are safe integers, so a limit over them excludes nothing.
  const reach = limit > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(limit);
  return { low: sorted.find((value) => median - value <= reach) as number, high: lastWithin(sorted, median, reach) };
}

function lastWithin(sorted: Float64Array, median: number, reach: number): number {
  return sorted.findLast((value) => value - median <= reach) as number;
}
