/** The numbers of execution, computed by the plain definitions and not by the ledger. */
import { naiveAggregate, naiveEnergyTable, naiveInliers } from '@cairn/ledger/naive';
import { Rng } from '@cairn/primitives';
import { AGGREGATE_KINDS, type AggregateKind } from '@cairn/protocol';

interface Sample {
  readonly name: string;
  readonly exponent: number;
  readonly values: readonly number[];
}

const LARGEST = 2 ** 53 - 1;
const ranged = (rng: Rng, count: number, range: readonly [number, number]) =>
  Array.from({ length: count }, () => rng.integer(...range));

/** What stands in ledger/aggregates.json: every kind for every sample; null is a number outside int64. */
export function aggregateVectors() {
  const rng = new Rng(61);
  const samples: Sample[] = [
    { name: 'one reading', exponent: 0, values: [-7] },
    { name: 'two readings: the lower median, the mean half up', exponent: -1, values: [1, 2] },
    { name: 'two negative readings: the mean half up', exponent: -1, values: [-2, -1] },
    { name: 'all equal', exponent: -2, values: Array(9).fill(5512) },
    { name: 'even count', exponent: -1, values: [4, 1, 3, 2] },
    { name: 'ties', exponent: 0, values: [5, 1, 5, 1, 5, 1, 3] },
    { name: 'greatest readings', exponent: -3, values: [LARGEST, LARGEST - 1, LARGEST - 2] },
    { name: 'least readings', exponent: -3, values: [-LARGEST, -LARGEST, 1 - LARGEST] },
    { name: 'a sum outside int64', exponent: 0, values: Array(1100).fill(LARGEST) },
    { name: 'half of the full range', exponent: 0, values: [-(2 ** 52), 2 ** 52 - 1, 0] },
    ...[3, 10, 33, 100, 101].map((count, i) => ({
      name: `${count} random readings`,
      exponent: -i,
      values: ranged(rng, count, [-5000, 5000]),
    })),
  ];
  return samples.map((sample) => ({ ...sample, expected: expectedOf(sample, AGGREGATE_KINDS) }));
}

function expectedOf({ values, exponent }: Sample, kinds: readonly AggregateKind[]) {
  return Object.fromEntries(kinds.map((kind) => [kind, naiveAggregate(kind, values, exponent)]));
}

/** What stands in ledger/percentiles.json: of the readings 1 .. n each percentile is its own rank. */
export function percentileVectors() {
  const kinds = AGGREGATE_KINDS.filter((kind) => kind === 'median' || /^p\d\d$/.test(kind));
  return Array.from({ length: 110 }, (_, i) => {
    const values = Array.from({ length: i + 1 }, (_, k) => k + 1);
    return { count: i + 1, expected: expectedOf({ name: '', exponent: 0, values }, kinds) };
  });
}

/** What stands in ledger/energetic-mean.json: the table, and means of levels in decibels. */
export function energeticVectors() {
  const rng = new Rng(62);
  const samples: Sample[] = [
    { name: 'one level is its own mean', exponent: -2, values: [5512] },
    { name: 'two equal levels', exponent: -1, values: [605, 605] },
    { name: 'doubled energy: 60 dB and silence far below is 57 dB', exponent: -1, values: [600, -3000] },
    { name: '60 dB and 70 dB', exponent: -2, values: [6000, 7000] },
    { name: 'across decades', exponent: -1, values: [0, 100, 200, 300, 400, 1300] },
    { name: 'negative levels', exponent: -1, values: [-1, -105, -999] },
    { name: '24 decades below counts, 25 do not', exponent: 0, values: [0, -240, -250, -260] },
    { name: 'tenths of a decibel are rounded from hundredths', exponent: -1, values: [501, 502] },
    { name: 'thousandths are rounded to hundredths first', exponent: -3, values: [50_004, 50_005, 50_015] },
    { name: 'whole decibels', exponent: 0, values: [50, 51, 80] },
    { name: 'tens of decibels', exponent: 1, values: [5, 6] },
    { name: 'greatest readings', exponent: 0, values: [LARGEST, LARGEST, 0] },
    { name: 'a result outside int64', exponent: -18, values: [LARGEST] },
    { name: 'greatest exponent', exponent: 18, values: [LARGEST, 1] },
    ...[7, 50, 200].map((count) => ({
      name: `${count} random levels`,
      exponent: -2,
      values: ranged(rng, count, [2000, 13_000]),
    })),
  ];
  return {
    table: naiveEnergyTable(),
    cases: samples.map((sample) => ({
      ...sample,
      expected: naiveAggregate('energetic-mean', sample.values, sample.exponent),
    })),
  };
}

/** What stands in ledger/outliers.json: the readings that stay, ascending. */
export function outlierVectors() {
  const rng = new Rng(63);
  const cases = [
    { name: 'one reading', factorMilli: 3000, values: [9] },
    { name: 'two readings', factorMilli: 1000, values: [0, 1000] },
    { name: 'one far off', factorMilli: 3000, values: [10, 11, 12, 13, 14, 1000] },
    { name: 'both ends', factorMilli: 3000, values: [-900, 10, 11, 12, 13, 14, 900] },
    { name: 'exactly at the bound stays', factorMilli: 2000, values: [8, 9, 10, 11, 12] },
    { name: 'MAD 0 counts as one unit', factorMilli: 3000, values: [20, 20, 20, 20, 23, 24, 17, 16] },
    { name: 'factor 0: the median alone', factorMilli: 0, values: [1, 2, 3] },
    { name: 'a factor of thousandths', factorMilli: 1499, values: [0, 2, 4, 6, 8, 7] },
    { name: 'widest range', factorMilli: 1_000_000, values: [-(2 ** 52), 0, 2 ** 52 - 1] },
    ...[5, 20, 77].map((count) => ({
      name: `${count} random readings`,
      factorMilli: 2500,
      values: ranged(rng, count, [0, 100]).concat(ranged(rng, 3, [-10_000, 10_000])),
    })),
  ];
  return cases.map((entry) => ({
    ...entry,
    stay: naiveInliers(entry.values, entry.factorMilli).sort((a, b) => a - b),
  }));
}
