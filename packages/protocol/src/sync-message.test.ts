import { sha256Hash } from '@cairn/crypto';
import { utf8 } from '@cairn/primitives';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeSyncFrame, decodeSyncRequest, encodeSyncFrame, encodeSyncRequest, type SyncRequest } from './index.ts';

const hash = sha256Hash(utf8('x'));
const requests: readonly SyncRequest[] = [
  { kind: 'batches', ids: [hash] },
  { kind: 'block', height: 7, hash },
  { kind: 'certified', fromHeight: 1, toHeight: 64 },
  { kind: 'own-latest' },
  { kind: 'snapshot', treeSize: 9 },
  { kind: 'snapshot-chunk', height: 9, index: 3 },
];

test.each(requests)('a request $kind survives its bytes', (request) => {
  expect(decodeSyncRequest(encodeSyncRequest(request))).toEqual(request);
});

test('any bytes are a request or a coded error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        decodeSyncRequest(bytes);
      } catch (error) {
        expect(error).toHaveProperty('code');
      }
    }),
  );
});

test('frames keep their kind and content; an unknown kind is refused', () => {
  expect(decodeSyncFrame(encodeSyncFrame('batch', Uint8Array.of(1, 2)))).toEqual({
    kind: 'batch',
    encoded: Uint8Array.of(1, 2),
  });
  expect(() => decodeSyncFrame(Uint8Array.of(9))).toThrow('no such kind');
  expect(() => decodeSyncFrame(new Uint8Array())).toThrow('no such kind');
});
