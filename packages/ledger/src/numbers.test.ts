// Goal: the numbers are those of protocol section 6. Golden vectors, and random samples against the plain definitions.
import { readFileSync } from 'node:fs';
import { Rng } from '@cairn/primitives';
import { AGGREGATE_KINDS, type Aggregate, type AggregateKind, type FeedResult } from '@cairn/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aggregate } from './aggregate.ts';
import { energyTable } from './energetic-mean.ts';
import { feedResultOf } from './feed-result-of.ts';
import { floorDivide, integerRoot, squareRoot } from './integer-math.ts';
import { inlierBounds } from './outliers.ts';
import { channelFixture, feedFixture, keyFor } from './testing/fixtures.ts';
import { naiveAggregate, naiveInliers } from './testing/naive.ts';

const read = (file: string) =>
  JSON.parse(readFileSync(new URL(`../../../test/vectors/ledger/${file}`, import.meta.url), 'utf8'));

const ascending = (values: readonly number[]) => Float64Array.from(values).sort();

function asAggregate(kind: AggregateKind, value: string | bigint | null): Aggregate {
  return value === null ? { kind, code: 'overflow', value: 0n } : { kind, code: 'ok', value: BigInt(value) };
}

interface Case {
  readonly name: string;
  readonly values: number[];
  readonly exponent: number;
}

describe('golden numbers', () => {
  const cases: (Case & { expected: Record<AggregateKind, string | null> })[] = read('aggregates.json');

  it.each(cases.map((entry) => [entry.name, entry] as const))('aggregates: %s', (_, { values, exponent, expected }) => {
    for (const kind of AGGREGATE_KINDS) {
      expect(aggregate(kind, ascending(values), exponent), kind).toEqual(asAggregate(kind, expected[kind]));
    }
  });

  it('percentiles are nearest-rank', () => {
    for (const { count, expected } of read('percentiles.json')) {
      const sorted = Float64Array.from({ length: count }, (_, i) => i + 1);
      for (const [kind, value] of Object.entries(expected)) {
        expect(aggregate(kind as AggregateKind, sorted, 0), `${kind} of ${count}`).toEqual(
          asAggregate(kind as AggregateKind, value as string),
        );
      }
    }
  });

  const energetic: { table: string[]; cases: (Case & { expected: string | null })[] } = read('energetic-mean.json');

  it('the table of energies has the 1000 numbers of its definition', () => {
    expect(energyTable().map(String)).toEqual(energetic.table);
  });

  it.each(energetic.cases.map((entry) => [entry.name, entry] as const))('energetic mean: %s', (_, entry) => {
    const { values, exponent, expected } = entry;
    expect(aggregate('energetic-mean', ascending(values), exponent)).toEqual(asAggregate('energetic-mean', expected));
  });

  it('60 dB and 70 dB make 67.40 dB, and one of two silent takes 3.01 dB', () => {
    expect(aggregate('energetic-mean', ascending([6000, 7000]), -2).value).toBe(6740n);
    expect(aggregate('energetic-mean', ascending([-20_000, 6000]), -2).value).toBe(5699n);
  });

  const outliers: (Case & { factorMilli: number; stay: number[] })[] = read('outliers.json');

  it.each(outliers.map((entry) => [entry.name, entry] as const))('outliers: %s', (_, { values, factorMilli, stay }) => {
    const { low, high } = inlierBounds(ascending(values), factorMilli);
    expect([...ascending(values)].filter((value) => value >= low && value <= high)).toEqual(stay);
  });
});

/** Random readings within one range of 2^53 - 1, often with ties. */
const readings = fc
  .record({
    origin: fc.integer({ min: -(2 ** 53) + 1, max: 0 }),
    spread: fc.constantFrom(3, 1000, 10 ** 9, 2 ** 53 - 1),
  })
  .chain(({ origin, spread }) =>
    fc.array(
      fc.maxSafeInteger().map((n) => origin + (Math.abs(n) % spread)),
      { minLength: 1, maxLength: 60 },
    ),
  );

describe('random samples against the plain definitions', () => {
  it('every aggregate', () => {
    fc.assert(
      fc.property(
        readings,
        fc.constantFrom(...AGGREGATE_KINDS),
        fc.integer({ min: -6, max: 3 }),
        (values, kind, exponent) => {
          const expected = naiveAggregate(kind, values, exponent);
          expect(aggregate(kind, ascending(values), exponent)).toEqual(asAggregate(kind, expected));
        },
      ),
      { numRuns: 1500 },
    );
  });

  it('the filter', () => {
    fc.assert(
      fc.property(readings, fc.integer({ min: 0, max: 6000 }), (values, factorMilli) => {
        const { low, high } = inlierBounds(ascending(values), factorMilli);
        const stay = values.filter((value) => value >= low && value <= high);
        expect(stay).toEqual(naiveInliers(values, factorMilli));
      }),
      { numRuns: 500 },
    );
  });

  it('a whole result, whatever the order of its samples', () => {
    const rng = new Rng(9);
    const feed = feedFixture({
      devicesMin: 2,
      madFactorMilli: 3000,
      channels: [
        channelFixture({ aggregates: AGGREGATE_KINDS }),
        channelFixture({ name: 'b', aggregates: ['median'] }),
      ],
    });
    for (let run = 0; run < 50; run++) {
      const samples = Array.from({ length: rng.integer(2, 40) }, (_, i) => ({
        device: keyFor(`device ${i % 7}`),
        values: [rng.integer(-20, 20) * (rng.chance(0.1) ? 50 : 1), rng.integer(0, 3)],
      }));
      const result = feedResultOf(feed, { group: '', start: 0 }, samples);
      expect(feedResultOf(feed, { group: '', start: 0 }, rng.shuffled(samples))).toEqual(result);
      expectNaive(result, samples);
    }
  });

  function expectNaive(result: FeedResult, samples: readonly { readonly values: readonly number[] }[]): void {
    const columns = [0, 1].map((i) => samples.map(({ values }) => values[i] as number));
    const stay = columns.map((values) => naiveInliers(values, 3000));
    const isOut = samples.map(({ values }) => values.some((value, i) => !stay[i]?.includes(value)));
    expect(result.filtered).toBe(isOut.filter(Boolean).length);
    result.channels.forEach((channel, i) => {
      expect(channel.count).toBe(stay[i]?.length);
      expect(channel.filtered).toBe(samples.length - channel.count);
      for (const { kind, value } of channel.aggregates) expect(value).toBe(naiveAggregate(kind, stay[i] ?? [], -1));
    });
  }
});

describe('integer math', () => {
  it('floors towards minus infinity', () => {
    for (const [a, b, quotient] of [
      [7n, 2n, 3n],
      [-7n, 2n, -4n],
      [-8n, 2n, -4n],
      [0n, 5n, 0n],
    ] as const) {
      expect(floorDivide(a, b)).toBe(quotient);
    }
  });

  it('roots are the largest whose power is not above', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 200n }), fc.integer({ min: 2, max: 7 }), (value, degree) => {
        const root = integerRoot(value, degree);
        expect(root ** BigInt(degree) <= value && (root + 1n) ** BigInt(degree) > value).toBe(true);
        expect(squareRoot(value * value)).toBe(value);
      }),
    );
  });
});
