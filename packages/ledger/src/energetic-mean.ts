import { floorDivide, integerRoot } from './integer-math.ts';

/**
 * Mean of levels in decibels by their energy: 10 * log10(mean(10^(L / 10))), in integers (protocol section 6).
 *
 * A level is first rounded to hundredths of a decibel, halves up: k = level * 100. Its energy is TABLE[k mod 1000] *
 * 10^floor(k / 1000), where TABLE[i] = round(10^(i / 1000) * 2^64). Energies are taken relative to the loudest level's
 * decade, times 10^24; a level more than 24 decades (240 dB) below that decade counts with energy 0. Their mean is
 * floor((2 * sum + n) / 2n). The result is the hundredth whose energy is nearest to the mean, the lower of two equally
 * near, rounded to the channel's unit, halves up. So equal levels (in hundredths) have themselves as mean.
 */
export function energeticMean(sorted: Float64Array, exponent: number): bigint {
  const count = BigInt(sorted.length);
  const loudest = floorDivide(toHundredths(sorted[sorted.length - 1] as number, exponent), DECADE);
  let sum = 0n;
  forEachRun(sorted, (value, length) => {
    sum += BigInt(length) * relativeEnergy(toHundredths(value, exponent) - loudest * DECADE);
  });
  const mean = (2n * sum + count) / (2n * count);
  return fromHundredths(loudest * DECADE + BigInt(nearestLevel(mean)), exponent);
}

/** Hundredths of a decibel in ten decibels. */
const DECADE = 1000n;
const DECADE_STEPS = 1000;
/** Decades below the loudest that count. */
const DECADES_COUNTED = 24;
const TABLE_BITS = 64n;
const POWERS_OF_TEN: readonly bigint[] = Array.from({ length: DECADES_COUNTED + 1 }, (_, i) => 10n ** BigInt(i));

/** Energy of a level in hundredths relative to the loudest decade, at most 999, times 10^24. */
function relativeEnergy(level: bigint): bigint {
  const decade = floorDivide(level, DECADE);
  if (decade < BigInt(-DECADES_COUNTED)) return 0n;
  const step = Number(level - decade * DECADE);
  return (energyTable()[step] as bigint) * (POWERS_OF_TEN[DECADES_COUNTED + Number(decade)] as bigint);
}

/** Binary search: the level, -24000 .. 999, whose energy is nearest to `energy`; the lower of two equally near. */
function nearestLevel(energy: bigint): number {
  let low = -DECADES_COUNTED * DECADE_STEPS;
  let high = DECADE_STEPS - 1;
  // the largest level whose energy is not above
  while (low < high) {
    const middle = low + ((high - low + 1) >> 1);
    if (relativeEnergy(BigInt(middle)) <= energy) low = middle;
    else high = middle - 1;
  }
  if (low === DECADE_STEPS - 1) return low;
  const below = energy - relativeEnergy(BigInt(low));
  const above = relativeEnergy(BigInt(low + 1)) - energy;
  return above < below ? low + 1 : low;
}

/** n * 10^exponent decibels in hundredths of a decibel, to the nearest, halves up. */
function toHundredths(value: number, exponent: number): bigint {
  return scaled(BigInt(value), exponent + 2);
}

function fromHundredths(hundredths: bigint, exponent: number): bigint {
  return scaled(hundredths, -2 - exponent);
}

/** value * 10^power, to the nearest, halves up. */
function scaled(value: bigint, power: number): bigint {
  if (power >= 0) return value * 10n ** BigInt(power);
  const divisor = 10n ** BigInt(-power);
  return floorDivide(2n * value + divisor, 2n * divisor);
}

function forEachRun(sorted: Float64Array, visit: (value: number, length: number) => void): void {
  let start = 0;
  for (let i = 1; i <= sorted.length; i++) {
    if (i < sorted.length && sorted[i] === sorted[start]) continue;
    visit(sorted[start] as number, i - start);
    start = i;
  }
}

let table: readonly bigint[] | null = null;

/** round(10^(k / 1000) * 2^64) for k = 0 .. 999. A test checks each entry against its definition. */
export function energyTable(): readonly bigint[] {
  table ??= makeTable();
  return table;
}

/** Fraction bits of the intermediate powers: 2^-320 a step leaves no doubt about the 64th bit after 1000 steps. */
const FRACTION_BITS = 320n;

function makeTable(): bigint[] {
  const ratio = thousandthRootOfTen();
  const entries: bigint[] = [];
  const dropped = FRACTION_BITS - TABLE_BITS;
  let power = 1n << FRACTION_BITS;
  for (let k = 0; k < DECADE_STEPS; k++) {
    entries.push((power + (1n << (dropped - 1n))) >> dropped);
    power = (power * ratio) >> FRACTION_BITS;
  }
  return entries;
}

/** 10^(1 / 1000) in fixed point: 1000 = 5 * 5 * 5 * 2 * 2 * 2. */
function thousandthRootOfTen(): bigint {
  let root = 10n << FRACTION_BITS;
  for (const degree of [5, 5, 5, 2, 2, 2]) root = integerRoot(root << (FRACTION_BITS * BigInt(degree - 1)), degree);
  return root;
}
