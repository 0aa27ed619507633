import { createSigner } from '@cairn/crypto';
import { CairnError, concatBytes, Rng, toHash, toHex } from '@cairn/primitives';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CborValue,
  decodeReport,
  decodeReportByCbor,
  decodeReportContent,
  decodeReportSeal,
  encodeCanonical,
  type ReportPayload,
  reportSigningBytes,
  signingPrefix,
  signReport,
} from './index.ts';
import { parseReport } from './parse-report.ts';

// Goal: the hand parser and the general decoder accept the same bytes and read the same from them. Method: honest reports
// over all sizes of their numbers, reports built field by field from legal and illegal parts, and mutated bytes.

const rng = new Rng(7);
const networkId = toHash(rng.bytes(32));
const signer = createSigner(rng.bytes(32));
const kid = rng.bytes(32);

/** Integers around every change of a CBOR head, both signs. */
const EDGES = [0, 1, 23, 24, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 2, 2 ** 53 - 1];
const uint = fc.oneof(fc.constantFrom(...EDGES), fc.maxSafeNat());
const reading = fc.oneof(fc.constantFrom(...EDGES, ...EDGES.map((edge) => -edge)), fc.maxSafeInteger());
const cell = fc.oneof(
  fc.constantFrom(...EDGES.map(BigInt), 2n ** 53n, 2n ** 64n - 1n),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
);
const feed = fc.stringMatching(/^[a-z0-9-]{1,32}$/);
const payload = fc
  .record({
    feed,
    seq: uint,
    observedAt: uint,
    values: fc.array(reading, { minLength: 1, maxLength: 16 }),
    cell: fc.option(cell),
  })
  .map(({ cell: at, ...rest }): ReportPayload => (at === null ? rest : { ...rest, cell: at }));

describe('the hand parser of reports', () => {
  it.each([-19, -8] as const)('reads every honest report of alg %d as the general decoder does', (algorithm) => {
    fc.assert(
      fc.property(payload, (value) => {
        const bytes = signReport(value, { networkId, signer, algorithm });
        expect(parseReport(bytes)?.payload).toEqual(normal(value));
        expect(decodeReport(bytes, networkId)).toEqual(decodeReportByCbor(bytes, networkId));
      }),
      { numRuns: 500 },
    );
  });

  it('builds the signed bytes of RFC 9052 section 4.4', () => {
    const parts = { protectedHeader: rng.bytes(38), payload: rng.bytes(300) };
    const aad = signingPrefix('device-report', networkId);
    const expected = encodeCanonical(['Signature1', parts.protectedHeader, aad, parts.payload]);
    expect(reportSigningBytes(networkId, parts)).toEqual(expected);
  });

  it('agrees on reports built from legal and illegal parts', () => {
    const any: fc.Arbitrary<CborValue> = fc.oneof(
      fc.constantFrom<CborValue>(
        null,
        true,
        '',
        'air',
        'Air',
        'a'.repeat(33),
        -1,
        2n ** 53n,
        2n ** 64n - 1n,
        -(2n ** 53n),
        1.5,
      ),
      fc.uint8Array({ maxLength: 4 }),
      fc.array(reading, { maxLength: 18 }),
      fc.constantFrom<CborValue>([[]], [null], [2n ** 53n], [-(2n ** 53n)], ['1'], new Map()),
    );
    const key = fc.constantFrom<number | string>(1, 2, 3, 4, 5, 6, 0, '1');
    const often = <T>(legal: fc.Arbitrary<T>) =>
      fc.oneof({ weight: 12, arbitrary: legal as fc.Arbitrary<CborValue> }, { weight: 1, arbitrary: any });
    const rarely = <T>(value: fc.Arbitrary<T>) =>
      fc.oneof({ weight: 12, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: value });
    const payloadMap = fc.record({
      feed: often(feed),
      seq: often(uint),
      observedAt: often(uint),
      values: often(fc.array(reading, { minLength: 1, maxLength: 16 })),
      cell: often(fc.option(cell)),
      extra: rarely(fc.tuple(key, any)),
      missing: rarely(fc.integer({ min: 1, max: 5 })),
    });
    const header = often(
      fc.constantFrom<CborValue>(
        encodeCanonical(
          new Map<number, CborValue>([
            [1, -19],
            [4, kid],
          ]),
        ),
        encodeCanonical(
          new Map<number, CborValue>([
            [1, -7],
            [4, kid],
          ]),
        ),
        encodeCanonical(
          new Map<number, CborValue>([
            [1, -8],
            [4, kid],
            [5, 0],
          ]),
        ),
      ),
    );
    const outer = fc.record({
      header,
      unprotected: often(fc.constant<CborValue>(new Map())),
      map: payloadMap,
      signature: often(fc.constant<CborValue>(new Uint8Array(64).fill(9))),
      tag: fc.oneof({ weight: 12, arbitrary: fc.constant(0xd2) }, { weight: 1, arbitrary: fc.nat(255) }),
      padding: fc.oneof({ weight: 12, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(900) }),
    });
    let accepted = 0;
    fc.assert(
      fc.property(outer, ({ header: protectedHeader, unprotected, map, signature, tag, padding }) => {
        const entries = new Map<number | string, CborValue>([
          [1, map.feed],
          [2, map.seq],
          [3, map.observedAt],
          [4, map.values],
        ]);
        if (map.cell !== null) entries.set(5, map.cell);
        if (map.extra !== null) entries.set(...map.extra);
        if (map.missing !== null) entries.delete(map.missing);
        const body = encodeCanonical([protectedHeader, unprotected, encodeCanonical(entries), signature]);
        if (sameVerdict(concatBytes(Uint8Array.of(tag), body, new Uint8Array(padding)))) accepted++;
      }),
      { numRuns: 4000 },
    );
    expect(accepted).toBeGreaterThan(400);
  });

  it('agrees on mutated, cut and lengthened reports', () => {
    const seeds = fc.sample(payload, 40).map((value) => signReport(value, { networkId, signer }));
    fc.assert(
      fc.property(
        fc.nat(seeds.length - 1),
        fc.nat(),
        fc.nat(255),
        fc.nat(3),
        fc.uint8Array({ maxLength: 3 }),
        (which, where, value, cut, insert) => {
          const seed = seeds[which] as Uint8Array;
          const at = where % seed.length;
          const changed = seed.slice();
          changed[at] = value;
          sameVerdict(changed);
          sameVerdict(seed.subarray(0, at));
          sameVerdict(concatBytes(seed.subarray(0, at), insert, seed.subarray(at + cut)));
        },
      ),
      { numRuns: 4000 },
    );
  });

  it('agrees on every single byte of one report, at every value', () => {
    const seed = signReport(
      { feed: 'air', seq: 300, observedAt: 2 ** 40, values: [-25, 70_000], cell: 2n ** 60n },
      { networkId, signer },
    );
    for (let at = 0; at < seed.length - 64; at++) {
      for (let value = 0; value < 256; value++) sameVerdict(seed.with(at, value));
    }
  });
});

/** @returns whether both accept. */
function sameVerdict(bytes: Uint8Array): boolean {
  const quick = parseReport(bytes);
  let slow: ReturnType<typeof decodeReportByCbor> | undefined;
  try {
    slow = decodeReportByCbor(bytes, networkId);
  } catch (error) {
    if (!(error instanceof CairnError)) throw error;
  }
  if ((quick === undefined) !== (slow === undefined))
    throw new Error(`they differ on ${Buffer.from(bytes).toString('hex')}`);
  if (slow === undefined) return false;
  expect(decodeReport(bytes, networkId)).toEqual(slow);
  const { bytes: _, ...content } = slow.report;
  expect(decodeReportContent(bytes, networkId)).toEqual(content);
  const { device, signature, signedBytes } = decodeReportSeal(bytes, networkId);
  expect([toHex(device), toHex(signature), signedBytes]).toEqual([content.device, slow.signature, slow.signedBytes]);
  return true;
}

/** JavaScript has two zeros, CBOR one. */
function normal(value: ReportPayload): ReportPayload {
  return { ...value, values: value.values.map((entry) => entry + 0) };
}
