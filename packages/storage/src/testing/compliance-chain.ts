import { LogFrontier } from '@cairn/merkle';
import { type Hash, utf8, ZERO_HASH } from '@cairn/primitives';
import {
  decodeBatch,
  decodeCertifiedBlock,
  decodeEvidence,
  decodeSnapshotChunk,
  encodeEvidence,
  evidenceId,
} from '@cairn/protocol';
import { EvidenceCourt } from '@cairn/replica/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { fixtureResult } from './chain-fixture.ts';
import { refused, type StoreUnderTest } from './store-under-test.ts';

/** Certified blocks and what hangs on them. */
export function describeChain(at: StoreUnderTest): void {
  describe('chain', () => {
    it('serves what was certified', () => {
      at.certify(9);
      at.reopen();
      for (const commit of at.chain.commits) {
        const { height } = commit;
        expect(at.store.chain.certifiedBlock(height), `block ${height}`).toEqual(commit.certified);
        expect(at.store.chain.header(height)).toEqual(commit.certified.block.header);
        expect(at.store.chain.note(height)).toBe(commit.note);
        expect(at.store.chain.heightOf(commit.blockHash)).toBe(height);
        expect(at.store.chain.receipts(height)).toEqual(commit.receipts);
        expect(at.store.chain.reportIds(height)).toEqual(commit.acceptedReports);
        expect(at.store.chain.blockResults(height)).toEqual(commit.results);
      }
      expect(at.store.chain.certifiedBlock(10)).toBeNull();
      expect(at.store.chain.header(10)).toBeNull();
    });

    it('restores tip, frontier and ledger', () => {
      at.certify(11);
      const restored = at.reopen();
      const tip = at.chain.commits.at(-1)!;
      expect(restored.tip).toEqual({ certified: tip.certified, blockHash: tip.blockHash });
      expect(LogFrontier.restore(restored.frontier!).root()).toBe(tip.logRoot);
      const ledger = new Map<string, Uint8Array>();
      for (const { key, value } of at.chain.commits.flatMap(({ writes }) => writes)) {
        if (value === null) ledger.delete(key);
        else ledger.set(key, value);
      }
      const entries = [...restored.ledgerEntries];
      expect(new Map(entries.map(({ key, value }) => [key, Uint8Array.from(value)]))).toEqual(ledger);
      expect(entries.map(({ key }) => key)).toEqual([...ledger.keys()].sort());
      expect(ledger.get('gone/11')).toEqual(utf8('x'));
    });

    it('keeps the last two snapshots, and no older one', () => {
      at.certify(8);
      expect(at.store.chain.snapshots().map(({ manifest }) => manifest.height)).toEqual([5, 1]);
      at.certify(10);
      const restored = at.reopen();
      const kept = [9, 5].map((height) => at.chain.commits[height - 1]!.snapshot!);
      expect(restored.snapshot).toEqual({ height: 9, root: kept[0]!.root });
      const heads = kept.map(({ manifest, manifestPath, root }) => ({ manifest, manifestPath, root }));
      expect(at.store.chain.snapshots()).toMatchObject(heads);
      for (const { manifest, chunks } of kept) {
        for (const chunk of chunks) {
          const stored = at.store.chain.snapshotChunk(manifest.height, chunk.index)!;
          expect(decodeSnapshotChunk(stored)).toEqual(chunk);
        }
        expect(at.store.chain.snapshotChunk(manifest.height, chunks.length)).toBeNull();
      }
      expect(at.store.chain.snapshotChunk(1, 0)).toBeNull();
    });

    it('gives ranges as bytes, within the bound but never less than one block', () => {
      at.certify(6);
      const all = at.store.chain.certifiedRange({ fromHeight: 2, toHeight: 99, bytesMax: 1_000_000 });
      expect(all.map(({ height }) => height)).toEqual([2, 3, 4, 5, 6]);
      for (const { height, certified, batches } of all) {
        const commit = at.chain.commits[height - 1]!;
        expect(decodeCertifiedBlock(certified)).toEqual(commit.certified);
        expect(batches.map((bytes) => decodeBatch(bytes))).toEqual(commit.batches);
      }
      expect(at.store.chain.certifiedRange({ fromHeight: 2, toHeight: 6, bytesMax: 1 })).toEqual([all[0]]);
      const sizes = all.map(({ certified, batches }) => [certified, ...batches].reduce((n, b) => n + b.length, 0));
      const bytesMax = sizes[0]! + sizes[1]!;
      expect(at.store.chain.certifiedRange({ fromHeight: 2, toHeight: 6, bytesMax })).toEqual(all.slice(0, 2));
      expect(at.store.chain.certifiedRange({ fromHeight: 7, toHeight: 9, bytesMax: 1000 })).toEqual([]);
    });

    it('tells the fate of items, and gives their bytes', () => {
      const items = [0, 1, 2, 3].map(() => at.chain.item());
      const batch = at.chain.batch({ items: items.map(({ kind, bytes }) => ({ kind, bytes })) });
      at.certifyWith([at.chain.batch(), batch]);
      at.reopen();
      // every fourth item of the block is refused, and the first three stand in the batch before
      const place = { batchId: batch.id, item: 0 };
      expect(at.store.fate(items[0]!.id)).toMatchObject({ kind: 'certified', code: 'stale', reportIndex: null, place });
      expect(at.store.fate(items[3]!.id)).toMatchObject({ height: 1, code: 'accepted', reportIndex: 5 });
      expect(at.store.chain.itemBytes(items[3]!.id)).toEqual(items[3]!.bytes);
      expect(at.store.chain.itemBytes(ZERO_HASH)).toBeNull();
    });

    it('an accepted item keeps its place, a refused one may be ordered again', () => {
      const [accepted, other, refusedItem] = [at.chain.item(), at.chain.item(), at.chain.item()];
      const toItems = (items: readonly { kind: 'report' | string; bytes: Uint8Array }[]) =>
        items.map(({ bytes }) => ({ kind: 'report' as const, bytes }));
      at.certifyWith([at.chain.batch({ items: toItems([accepted, other, at.chain.item(), refusedItem]) })]);
      at.certifyWith([at.chain.batch({ items: toItems([refusedItem, at.chain.item(), at.chain.item(), accepted]) })]);
      expect(at.store.fate(accepted.id)).toMatchObject({ height: 1, code: 'accepted' });
      expect(at.store.fate(refusedItem.id)).toMatchObject({ height: 2, code: 'accepted', reportIndex: 0 });
    });

    it('keeps the evidence that was accepted, newest first, and what was pruned too', () => {
      const court = new EvidenceCourt();
      const proven = [court.doubleProposal(), court.doubleBatch(), court.doublePrepare(), court.share(true)];
      const items = proven.map((evidence) => ({ kind: 'evidence' as const, bytes: encodeEvidence(evidence) }));
      const ids = items.map(({ bytes }) => evidenceId(bytes)) as [Hash, Hash, Hash, Hash];
      // every fourth item of a block is refused
      at.certifyWith([at.chain.batch({ items })]);
      at.certifyWith([at.chain.batch({ items: [items[3]!] })]);
      at.certify(3);
      at.store.prune({ keepFromHeight: 3, blocksMax: 9 });
      at.reopen();
      const all = at.store.chain.evidence({ before: null, limit: 9 });
      expect(all.map(({ id }) => id)).toEqual([ids[3], ids[2], ids[1], ids[0]]);
      expect(all.map(({ height, member, kind }) => [height, member, kind])).toEqual([
        [2, 2, 'invalid-share'],
        [1, 2, 'double-prepare'],
        [1, 1, 'double-batch'],
        [1, 2, 'double-proposal'],
      ]);
      expect(at.store.chain.evidence({ before: ids[3], limit: 2 }).map(({ id }) => id)).toEqual([ids[2], ids[1]]);
      expect(at.store.chain.evidence({ before: ids[0], limit: 2 })).toEqual([]);
      expect(at.store.chain.evidence({ before: ZERO_HASH, limit: 2 })).toEqual([]);
      expect(decodeEvidence(at.store.chain.evidenceById(ids[1])!.bytes)).toEqual(proven[1]);
      expect(at.store.chain.evidenceById(ZERO_HASH)).toBeNull();
    });

    it('refuses commits whose parts are of different blocks', () => {
      const [first, second] = at.chain.growTo(2);
      const { block } = first!.certified;
      const changed = [
        { ...first!, blockHash: second!.blockHash },
        { ...first!, logRoot: second!.logRoot },
        { ...first!, note: second!.note },
        { ...first!, batches: second!.batches },
        { ...first!, receipts: [] },
        { ...first!, certified: { ...first!.certified, groupSignature: at.chain.signature() } },
        { ...first!, certified: { ...first!.certified, block: { ...block, batchIds: [] } } },
      ];
      for (const [i, commit] of changed.entries()) {
        const append = () => at.store.append([{ kind: 'certified', commit }]);
        expect(append, `change ${i}`).toThrow(refused('STORAGE_COMMIT_INVALID'));
      }
      expect(() => at.store.append([{ kind: 'certified', commit: second! }])).toThrow(
        refused('STORAGE_HEIGHT_INVALID'),
      );
      at.certify(2);
    });
  });

  describe('results', () => {
    const heights = (results: readonly { readonly height: number }[]) => results.map(({ height }) => height);
    const series = { feed: 'air', group: 'g1' };
    const startOf = (height: number) => fixtureResult(height, 1).windowStart;

    beforeEach(() => at.certify(6));

    it('come newest first, page by page', () => {
      const first = at.store.chain.results({ ...series, limit: 4 });
      expect(heights(first)).toEqual([6, 5, 4, 3]);
      expect(first[0]).toEqual({ height: 6, position: 1, result: fixtureResult(6, 1) });
      const to = first.at(-1)!.result.windowStart;
      expect(heights(at.store.chain.results({ ...series, to, limit: 4 }))).toEqual([2, 1]);
      expect(heights(at.store.chain.results({ ...series, from: startOf(3), to: startOf(5), limit: 9 }))).toEqual([
        4, 3,
      ]);
      expect(at.store.chain.results({ feed: 'air', group: 'nobody', limit: 4 })).toEqual([]);
    });

    it('are found by window, by time, by the one before and by place', () => {
      expect(at.store.chain.result(fixtureResult(4, 1))?.height).toBe(4);
      expect(at.store.chain.resultAt({ ...series, at: startOf(4) + 59_999 })?.height).toBe(4);
      expect(at.store.chain.resultAt({ ...series, at: startOf(1) - 1 })).toBeNull();
      expect(at.store.chain.resultAt({ ...series, at: startOf(7) })).toBeNull();
      expect(at.store.chain.resultAfter({ ...series, after: startOf(4) })?.height).toBe(5);
      expect(at.store.chain.resultAfter({ ...series, after: startOf(6) })).toBeNull();
      const behind = at.store.chain.resultsBehind({ height: 4, position: 0, limit: 2 });
      expect(behind.map(({ height, position }) => [height, position])).toEqual([
        [4, 1],
        [5, 0],
      ]);
    });

    it('of each group the latest', () => {
      const all = at.store.chain.latestResults({ feed: 'air', afterGroup: null, limit: 9 });
      expect(all.map(({ height, result }) => [height, result.group])).toEqual([
        [6, 'g0'],
        [6, 'g1'],
      ]);
      const after = at.store.chain.groups({ feed: 'air', afterGroup: 'g0', limit: 9 });
      expect(after).toEqual([{ feed: 'air', group: 'g1', results: 6, latestWindow: startOf(6) }]);
      expect(at.store.chain.groups({ feed: 'water', afterGroup: null, limit: 9 })).toEqual([]);
    });
  });
}
