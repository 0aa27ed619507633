import { createSigner } from '@cairn/crypto';
import { CairnError, concatBytes, Rng, toHash } from '@cairn/primitives';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BATCH_ITEMS_MAX,
  type Batch,
  type BatchBody,
  type CborValue,
  decodeBatch,
  decodeBatchByCbor,
  encodeCanonical,
  ITEM_BYTES_MAX,
  ITEM_KINDS,
  sealBatch,
} from './index.ts';
import { parseBatch } from './parse-batch.ts';

// Goal: the hand parser of batches and the general decoder accept the same bytes and read the same from them. Method:
// sealed batches over all sizes of their numbers, batches built from legal and illegal parts, and mutated bytes.

const rng = new Rng(11);
const networkId = toHash(rng.bytes(32));
const signer = createSigner(rng.bytes(32));
const EDGES = [0, 1, 23, 24, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1];
const uint = fc.oneof(fc.constantFrom(...EDGES), fc.maxSafeNat());
const item = fc.record({
  kind: fc.constantFrom(...ITEM_KINDS),
  bytes: fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 300 }),
    fc.constant(new Uint8Array(70_000 % ITEM_BYTES_MAX)),
  ),
});
const body: fc.Arbitrary<BatchBody> = fc.record({
  networkId: fc.constant(networkId),
  epoch: uint,
  author: fc.constantFrom(0, 1, 23, 24, 127),
  seq: uint,
  baseHeight: uint,
  items: fc.array(item, { minLength: 1, maxLength: 20 }),
});
const seal = (value: BatchBody): Batch => sealBatch(value, (bytes) => signer.sign(bytes));

/** @returns whether both accept. */
function sameVerdict(bytes: Uint8Array): boolean {
  const quick = parseBatch(bytes);
  let slow: Batch | undefined;
  try {
    slow = decodeBatchByCbor(bytes);
  } catch (error) {
    if (!(error instanceof CairnError)) throw error;
  }
  if ((quick === undefined) !== (slow === undefined)) {
    throw new Error(`they differ on ${Buffer.from(bytes).toString('hex')}`);
  }
  if (slow !== undefined) expect(decodeBatch(bytes)).toEqual(slow);
  return slow !== undefined;
}

describe('the hand parser of batches', () => {
  it('reads every sealed batch as the general decoder does', () => {
    fc.assert(
      fc.property(body, (value) => {
        const batch = seal(value);
        expect(parseBatch(batch.bytes)?.body).toEqual(value);
        expect(sameVerdict(batch.bytes)).toBe(true);
        expect(decodeBatch(batch.bytes)).toEqual(batch);
      }),
      { numRuns: 300 },
    );
  });

  it('takes as many items as a batch may have, and not one more', () => {
    const items = (count: number) =>
      Array.from({ length: count }, () => ({ kind: 'report' as const, bytes: Uint8Array.of(7) }));
    const of = (count: number) =>
      seal({ networkId, epoch: 0, author: 0, seq: 0, baseHeight: 0, items: items(count) }).bytes;
    expect(sameVerdict(of(BATCH_ITEMS_MAX))).toBe(true);
    expect(sameVerdict(of(BATCH_ITEMS_MAX + 1))).toBe(false);
    expect(sameVerdict(of(0))).toBe(false);
  });

  it('agrees on batches of legal and illegal parts', () => {
    const part = fc.oneof(
      uint,
      fc.constantFrom<CborValue>(-1, 128, null, true, 'report', new Uint8Array(0), 2n ** 60n),
      fc.uint8Array({ maxLength: 40 }),
    );
    const number = fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom<CborValue>(0, 1, 2 ** 40) },
      { weight: 1, arbitrary: part },
    );
    const id = fc.oneof({ weight: 5, arbitrary: fc.constant(rng.bytes(32)) }, { weight: 1, arbitrary: part });
    const bytes = fc.oneof(
      { weight: 5, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 30 }) },
      { weight: 1, arbitrary: part },
    );
    const oneItem = fc.oneof(
      { weight: 8, arbitrary: fc.tuple(number, bytes).map((pair): CborValue => pair) },
      { weight: 1, arbitrary: fc.array(part, { maxLength: 3 }) },
    );
    const items = fc.oneof(
      { weight: 8, arbitrary: fc.array(oneItem, { maxLength: 3 }) },
      { weight: 1, arbitrary: part },
    );
    const signature = fc.oneof(
      { weight: 8, arbitrary: fc.constant(rng.bytes(64)) },
      { weight: 1, arbitrary: fc.uint8Array({ minLength: 62, maxLength: 66 }) },
    );
    let accepted = 0;
    fc.assert(
      fc.property(id, fc.tuple(number, number, number, number), items, signature, (network, numbers, list, end) => {
        const inner = encodeCanonical([network, ...numbers, list] as CborValue);
        if (sameVerdict(encodeCanonical([inner, end]))) accepted += 1;
      }),
      { numRuns: 3000 },
    );
    expect(accepted).toBeGreaterThan(50);
  });

  it('agrees on mutated bytes', () => {
    const seed = seal({
      networkId,
      epoch: 1,
      author: 2,
      seq: 300,
      baseHeight: 70_000,
      items: [
        { kind: 'report', bytes: rng.bytes(30) },
        { kind: 'registration', bytes: rng.bytes(3) },
      ],
    }).bytes;
    for (let at = 0; at < seed.length; at++) {
      for (const value of [0, 0x17, 0x18, 0x19, 0x1b, 0x40, 0x58, 0x59, 0x82, 0x86, 0x9f, 0xff])
        sameVerdict(seed.with(at, value));
      sameVerdict(seed.subarray(0, at));
      sameVerdict(concatBytes(seed.subarray(0, at), Uint8Array.of(0), seed.subarray(at)));
      sameVerdict(concatBytes(seed.subarray(0, at), seed.subarray(at + 1)));
    }
    expect(sameVerdict(concatBytes(seed, Uint8Array.of(0)))).toBe(false);
  });
});
