import { verifySignature } from '@cairn/crypto';
import { Rng } from '@cairn/primitives';
import { encodeAgreementMessage, encodeBlock, encodeCertifiedBlock } from '@cairn/protocol';
import { CertifiedChain, spoilt } from '@cairn/replica/testing';
import { frostScheme } from '@cairn/threshold';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import type { FrameSource } from '../threads/thread-messages.ts';
import { checkItems } from './check-items.ts';
import { Door } from './door.ts';

const chain = new CertifiedChain();
chain.growTo(3);
let verified = 0;
let breaths = 0;
let door: Door;

beforeEach(() => {
  verified = 0;
  breaths = 0;
  door = new Door(
    { genesis: chain.genesis },
    {
      verify: (...check) => {
        verified += 1;
        return verifySignature(...check);
      },
      scheme: frostScheme,
      breathe: () => {
        breaths += 1;
      },
    },
  );
});

const certified = (height: number) =>
  chain.commits[height - 1]?.certified as NonNullable<(typeof chain.commits)[0]>['certified'];
const certifiedBytes = (height: number) =>
  encodeAgreementMessage({ kind: 'certified-block', certified: certified(height) });
const batchBytes = (height: number) => chain.commits[height - 1]?.batches[0]?.bytes as Uint8Array;

describe('the door', () => {
  test('lets a certified block in, and checks no signature twice', () => {
    const first = door.admit('certified', 1, certifiedBytes(2));
    expect(first).toMatchObject({ verdict: 'accept', message: 'certified-block', order: { kind: 'message', from: 1 } });
    const checks = verified;
    expect(checks).toBeGreaterThan(0);
    expect(door.admit('sync-certified', 2, encodeCertifiedBlock(certified(2))).verdict).toBe('accept');
    expect(verified).toBe(checks);
  });

  test('ignores a certified block of a height that is certified here', () => {
    door.setTip(2);
    expect(door.admit('certified', 1, certifiedBytes(2))).toMatchObject({ verdict: 'ignore', order: null });
    expect(verified).toBe(0);
  });

  test('rejects what stands on the wrong topic, what is of another network, and what does not verify', () => {
    expect(door.admit('proposal', 1, certifiedBytes(2)).verdict).toBe('reject');
    const other = new CertifiedChain({ seed: 2 });
    const foreign = other.grow();
    const bytes = encodeAgreementMessage({ kind: 'certified-block', certified: foreign.certified });
    expect(door.admit('certified', 1, bytes)).toMatchObject({ verdict: 'reject', order: null });
    const block = certified(2);
    const votes = block.certificate.votes.map((vote, i) =>
      i === 0 ? { ...vote, signature: spoilt(vote.signature) } : vote,
    );
    const forged = { ...block, certificate: { ...block.certificate, votes } };
    const message = encodeAgreementMessage({ kind: 'certified-block', certified: forged });
    expect(door.admit('certified', 1, message)).toMatchObject({ verdict: 'reject', order: null });
  });

  test('a batch is verified once, however it comes', () => {
    expect(door.admit('batch', 1, batchBytes(2))).toMatchObject({ verdict: 'accept', order: { kind: 'batch' } });
    const checks = verified;
    expect(checks).toBe(1 + chain.devices.length);
    expect(door.admit('sync-batch', 2, batchBytes(2)).verdict).toBe('accept');
    expect(verified).toBe(checks);
  });

  test('reports that came in here are not verified again in a batch', () => {
    const items = chain.commits[1]?.batches[0]?.items ?? [];
    let end = 0;
    const ends = items.map(({ bytes }) => (end += bytes.length));
    const pack = { kind: 'report', bytes: Buffer.concat(items.map(({ bytes }) => bytes)), ends } as const;
    expect(checkItems(pack, door).faults).toBeNull();
    const checks = verified;
    door.admit('batch', 1, batchBytes(2));
    expect(verified).toBe(checks + 1);
  });

  test('a batch with one forged report is rejected, also when all others are known', () => {
    const good = [0, 1].map((index) => chain.report(index, 5));
    const forged = chain.report(2, 5);
    const bytes = Uint8Array.from(forged.bytes);
    bytes[bytes.length - 1] = (bytes.at(-1) as number) ^ 1;
    const batch = chain.batch([...good, { ...forged, bytes }]);
    const admission = door.admit('batch', 1, batch.bytes);
    expect(admission).toMatchObject({
      verdict: 'reject',
      order: { kind: 'evidence', evidence: { kind: 'invalid-batch', member: 1, index: 2 } },
      fault: expect.stringContaining('signature'),
    });
  });

  test('breathes now and then in a long batch', () => {
    const items = Array.from({ length: 100 }, (_, i) => chain.report(i % 3, i));
    door.admit('batch', 1, chain.batch(items).bytes);
    expect(breaths).toBeGreaterThanOrEqual(3);
  });

  test('a block that is not certified is believed only as far as its bytes go', () => {
    const { block } = certified(2);
    expect(door.admit('sync-block', 1, encodeBlock(block))).toMatchObject({
      verdict: 'accept',
      order: { kind: 'block' },
    });
  });

  test('any bytes from anywhere give a verdict', () => {
    const sources: readonly FrameSource[] = [
      'batch',
      'proposal',
      'certified',
      'direct',
      'sync-certified',
      'sync-batch',
      'sync-block',
    ];
    fc.assert(
      fc.property(fc.constantFrom(...sources), fc.uint8Array({ maxLength: 300 }), (source, bytes) => {
        expect(door.admit(source, null, bytes)).toMatchObject({ verdict: 'reject', order: null });
      }),
      { numRuns: 500 },
    );
  });
});

describe('own intake', () => {
  test('names each fault, and gives every item the hash of its bytes', () => {
    const forged = chain.report(0, 7);
    forged.bytes[forged.bytes.length - 1] = (forged.bytes.at(-1) as number) ^ 1;
    const items = [chain.report(1, 7).bytes, forged.bytes, new Rng(1).bytes(40), new Uint8Array(2000)];
    let end = 0;
    const ends = items.map(({ length }) => (end += length));
    const { ids, faults } = checkItems({ kind: 'report', bytes: Buffer.concat(items), ends }, door);
    expect(new Set(ids).size).toBe(4);
    expect(faults?.map((fault) => fault?.code ?? null)).toEqual([
      null,
      'INTAKE_SIGNATURE_INVALID',
      expect.stringMatching(/^PROTOCOL_/),
      'PROTOCOL_BYTES_EXCEEDED',
    ]);
  });
});
