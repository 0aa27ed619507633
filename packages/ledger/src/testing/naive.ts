/**
 * The numbers of protocol section 6 as plainly as they can be written, on integers of unlimited size: slow, and nothing
 * shared with the real ones. For tests and golden vectors only.
 */
import type { AggregateKind } from '@cairn/protocol';

const INT64_MAX = 2n ** 63n - 1n;

/** @returns null outside int64. @param values not empty. */
export function naiveAggregate(kind: AggregateKind, values: readonly number[], exponent: number): bigint | null {
  const value = exact(kind, values.map(BigInt), exponent);
  return value > INT64_MAX || value < -INT64_MAX - 1n ? null : value;
}

function exact(kind: AggregateKind, values: readonly bigint[], exponent: number): bigint {
  const count = BigInt(values.length);
  const sum = values.reduce((a, b) => a + b, 0n);
  switch (kind) {
    case 'count':
      return count;
    case 'sum':
      return sum;
    case 'mean':
      return roundedQuotient(sum, count);
    case 'min':
      return sorted(values)[0] as bigint;
    case 'max':
      return sorted(values).at(-1) as bigint;
    case 'median':
      return naiveRank(values, 50n);
    case 'dispersion': {
      // n^2 * variance = n * sum((v - mean)^2) * n, with the mean as the fraction sum / n
      const spread = values.reduce((total, value) => total + (count * value - sum) ** 2n, 0n);
      return largest((root) => root * root * count ** 3n <= spread);
    }
    case 'energetic-mean':
      return naiveEnergeticMean(values, exponent);
    default:
      return naiveRank(values, BigInt(kind.slice(1)));
  }
}

/** The first element that at least `percent` percent of all are not above in rank. */
function naiveRank(values: readonly bigint[], percent: bigint): bigint {
  return sorted(values).find((_, i) => BigInt(i + 1) * 100n >= percent * BigInt(values.length)) as bigint;
}

/** @returns the readings that stay, in the order given. */
export function naiveInliers(values: readonly number[], factorMilli: number): number[] {
  const all = values.map(BigInt);
  const median = naiveRank(all, 50n);
  const distance = (value: bigint) => (value < median ? median - value : value - median);
  const deviation = naiveRank(all.map(distance), 50n);
  const unit = deviation < 1n ? 1n : deviation;
  return values.filter((value) => distance(BigInt(value)) * 1000n <= BigInt(factorMilli) * unit);
}

/** round(10^(k / 1000) * 2^64): the n with (2n - 1)^1000 <= 10^k * 2^65000 < (2n + 1)^1000. */
export function naiveEnergy(k: number): bigint {
  const target = 10n ** BigInt(k) * 2n ** 65_000n;
  // A guess in floating point is near enough for one Newton step to be at most one off.
  const guess = BigInt(Math.round(10 ** (k / 1000) * 2 ** 64));
  const power = (2n * guess) ** 1000n;
  let n = guess + ((target - power) * guess) / (1000n * power);
  while ((2n * n + 1n) ** 1000n <= target) n++;
  while ((2n * n - 1n) ** 1000n > target) n--;
  return n;
}

let energies: readonly bigint[] | null = null;

/** The table of the energetic mean, each entry by its definition. */
export function naiveEnergyTable(): readonly bigint[] {
  energies ??= Array.from({ length: 1000 }, (_, k) => naiveEnergy(k));
  return energies;
}

function naiveEnergeticMean(values: readonly bigint[], exponent: number): bigint {
  const table = naiveEnergyTable();
  const hundredths = values.map((value) => timesPowerOfTen(value, exponent + 2));
  const decadeOf = (level: bigint) => (level - (((level % 1000n) + 1000n) % 1000n)) / 1000n;
  const top = sorted(hundredths.map(decadeOf)).at(-1) as bigint;
  const energyOf = (level: bigint) => {
    const below = top - decadeOf(level);
    return below > 24n ? 0n : (table[Number(level - decadeOf(level) * 1000n)] as bigint) * 10n ** (24n - below);
  };
  const mean = roundedQuotient(
    hundredths.map(energyOf).reduce((a, b) => a + b),
    BigInt(values.length),
  );
  let best = top * 1000n + 999n;
  const distance = (level: bigint) => (energyOf(level) > mean ? energyOf(level) - mean : mean - energyOf(level));
  while (distance(best - 1n) <= distance(best)) best--;
  return timesPowerOfTen(best, -2 - exponent);
}

function timesPowerOfTen(value: bigint, power: number): bigint {
  return power >= 0 ? value * 10n ** BigInt(power) : roundedQuotient(value, 10n ** BigInt(-power));
}

/** To the nearest, halves up. */
function roundedQuotient(dividend: bigint, divisor: bigint): bigint {
  const doubled = 2n * dividend + divisor;
  const rest = ((doubled % (2n * divisor)) + 2n * divisor) % (2n * divisor);
  return (doubled - rest) / (2n * divisor);
}

function sorted(values: readonly bigint[]): bigint[] {
  return [...values].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

/** The largest integer from 0 on that passes. */
function largest(passes: (value: bigint) => boolean): bigint {
  let bit = 1n;
  while (passes(bit)) bit *= 2n;
  let value = 0n;
  for (; bit > 0n; bit /= 2n) if (passes(value + bit)) value += bit;
  return value;
}
