import { sha256Hash } from '@cairn/crypto';
import { verifyInclusion } from '@cairn/merkle';
import { fromHex, Rng, toHex, utf8 } from '@cairn/primitives';
import { encodeSnapshotManifest, SNAPSHOT_CHUNK_BYTES_MAX, SNAPSHOT_CHUNK_CONTENT_MAX } from '@cairn/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { genesisState, type LedgerState } from './ledger-state.ts';
import { restoreState, snapshotEntries } from './restore-state.ts';
import { entriesOfChunk, takeSnapshot } from './snapshot.ts';
import { genesisFixture, keyFor, registrationItem, reportItem, runBlock, T0 } from './testing/fixtures.ts';

const genesis = genesisFixture();

/** A state of registrations, reports in open windows, and blocks that counted many batches. */
function stateOf(seed: number, devices: number, blocks: number): LedgerState {
  const rng = new Rng(seed);
  const state = genesisState(genesis);
  const names = Array.from({ length: devices }, (_, i) => keyFor(`device ${i}`));
  runBlock(
    state,
    names.map((device) => registrationItem({ device })),
  );
  for (let seq = 1; seq <= 3; seq++) {
    const reports = names.map((device) =>
      reportItem({ device, seq, observedAt: T0 + seq, values: [rng.integer(0, 99)] }),
    );
    runBlock(state, reports);
  }
  // Much of it, cheaply: what it holds does not matter to whoever cuts it.
  for (let i = 0; i < blocks; i++) {
    const ids = Array.from({ length: rng.integer(1, 64) }, () => sha256Hash(rng.bytes(8)));
    state.batchesOf.set(100 + i, ids);
    for (const id of ids) state.counted.add(id);
  }
  return state;
}

describe('a snapshot', () => {
  it('has all entries in order, in bounded chunks that are proven one by one', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.integer({ min: 0, max: 40 }),
        fc.integer({ min: 0, max: 300 }),
        (seed, devices, blocks) => {
          const state = stateOf(seed, devices, blocks);
          const { manifest, manifestPath, root, chunks } = takeSnapshot(state);
          const { height, time, stateHash } = state;
          expect(manifest).toEqual({ height, time, stateHash, chunkCount: chunks.length });
          const size = chunks.length + 1;
          const leaf = encodeSnapshotManifest(manifest);
          expect(verifyInclusion({ leaf, index: 0, size, proof: manifestPath, root })).toBe(true);
          for (const { index, bytes, path } of chunks) {
            expect(verifyInclusion({ leaf: bytes, index: index + 1, size, proof: path, root })).toBe(true);
            const content = entriesOfChunk(bytes).reduce((sum, { key, value }) => sum + key.length + value.length, 0);
            expect(content).toBeLessThanOrEqual(SNAPSHOT_CHUNK_CONTENT_MAX);
          }
          const entries = chunks.flatMap(({ bytes }) => entriesOfChunk(bytes));
          expect(entries.length).toBe(snapshotEntries(state).length);
          const restored = restoreState(genesis, entries, manifest);
          expect(takeSnapshot(restored).root).toBe(root);
        },
      ),
      { numRuns: 12 },
    );
  });

  it('is cut as late as the bound allows, and an entry beyond it stands alone', () => {
    const state = stateOf(1, 1, 900);
    const sizes = takeSnapshot(state).chunks.map(({ bytes }) => bytes.length);
    expect(sizes.length).toBeGreaterThan(2);
    for (const size of sizes.slice(0, -1)) expect(size).toBeGreaterThan(SNAPSHOT_CHUNK_CONTENT_MAX - 4096);

    const big = genesisState(genesis);
    const leader = keyFor('leader');
    big.leaders.set(leader, 1);
    big.batchesOf.set(
      1,
      Array.from({ length: 10_000 }, (_, i) => sha256Hash(utf8(String(i)))),
    );
    big.evidence.set('0/0/0/0', 1);
    const chunks = takeSnapshot(big).chunks.map(({ bytes }) => bytes);
    expect(chunks.map((bytes) => bytes.length > SNAPSHOT_CHUNK_CONTENT_MAX)).toEqual([true, false]);
    expect(Math.max(...chunks.map(({ length }) => length))).toBeLessThan(SNAPSHOT_CHUNK_BYTES_MAX);
  });

  it('of a given state has this root', () => {
    const state = genesisState(genesis);
    Object.assign(state, { height: 5, time: T0, stateHash: sha256Hash(utf8('state')) });
    state.leaders.set(keyFor('leader'), T0);
    const [chunk] = takeSnapshot(state).chunks;
    expect(toHex(chunk?.bytes ?? new Uint8Array())).toBe(
      `81827842${toHex(utf8(`l/${keyFor('leader')}`))}491b0000018bcfe60440`,
    );
    expect(takeSnapshot(state).root).toBe('bcc2ca14cddc79c5c0bfba85848dc4476ce4bc3580aa6fcc8bbfd64d12f1fa7b');
  });

  it('of another height, time, state hash or entry has another root', () => {
    const state = stateOf(3, 3, 1);
    const { root } = takeSnapshot(state);
    expect(takeSnapshot({ ...state, height: 9 }).root).not.toBe(root);
    expect(takeSnapshot({ ...state, time: 9 }).root).not.toBe(root);
    expect(takeSnapshot({ ...state, stateHash: sha256Hash(utf8('x')) }).root).not.toBe(root);
    state.leaders.set(keyFor('leader'), 7);
    expect(takeSnapshot(state).root).not.toBe(root);
  });

  it.each(['', '00', '8101', '81820140', '81826161', '8182616101', 'ff'])('chunk %s is refused with a code', (hex) => {
    expect(() => entriesOfChunk(fromHex(hex))).toThrowError(
      expect.objectContaining({ code: 'LEDGER_STATE_MALFORMED' }),
    );
  });
});
