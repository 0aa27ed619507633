/**
 * For benches and tests: the sample below which this share of them lies; 0.5 is the median, of two the higher.
 * @returns NaN without samples.
 */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
