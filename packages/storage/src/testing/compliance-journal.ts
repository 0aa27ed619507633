import { ZERO_HASH } from '@cairn/primitives';
import { BATCH_LIFETIME_HEIGHTS } from '@cairn/protocol';
import type { JournalEntry } from '@cairn/replica';
import { describe, expect, it } from 'vitest';
import { ChainFixture } from './chain-fixture.ts';
import { AUTHOR, refused, type StoreUnderTest } from './store-under-test.ts';

/** What survives of each kind of journal entry. */
export function describeJournal(at: StoreUnderTest): void {
  it('begins with nothing but header 0', () => {
    const restored = at.store.restore();
    expect(restored).toMatchObject({ tip: null, frontier: null, batches: [], items: [], halted: null });
    expect(restored.nextBatchSeq).toBe(0);
    expect([...restored.ledgerEntries]).toEqual([]);
    expect(at.store.chain.tip().height).toBe(0);
    expect(at.store.chain.heightOf(at.store.chain.tip().blockHash)).toBe(0);
    expect(at.store.chain.header(0)?.parentHash).toBe(at.chain.networkId);
    expect(at.store.chain.certifiedBlock(0)).toBeNull();
  });

  describe('journal', () => {
    it('gives back pending items in order of arrival, each once', () => {
      const items = [at.chain.item(), at.chain.item(), at.chain.item()];
      at.store.append(items.map((item) => ({ kind: 'item', item })));
      at.store.append([{ kind: 'item', item: items[1]! }]);
      expect(at.reopen().items).toEqual(items);
      expect(at.store.fate(items[2]!.id)).toEqual({ kind: 'pending' });
      expect(at.store.fate(ZERO_HASH)).toBeNull();
    });

    it('packs items into a batch, and drops them once the batch is in the chain', () => {
      const items = [at.chain.item(), at.chain.item(), at.chain.item()];
      const batch = at.chain.batch({ seq: 4, items: items.slice(0, 2).map(({ kind, bytes }) => ({ kind, bytes })) });
      const ids = items.slice(0, 2).map(({ id }) => id);
      at.store.append(items.map((item) => ({ kind: 'item', item })));
      at.store.append([{ kind: 'batch', batch, items: ids }]);
      const packed = at.reopen();
      expect(packed.items).toEqual([items[2]]);
      expect(packed.batches).toEqual([batch]);
      expect(packed.nextBatchSeq).toBe(5);
      expect(at.store.fate(ids[1]!)).toEqual({ kind: 'in-batch', batchId: batch.id });

      at.certifyWith([batch]);
      expect(at.reopen()).toMatchObject({ items: [items[2]], batches: [], nextBatchSeq: 5 });
      const place = { batchId: batch.id, item: 1 };
      expect(at.store.fate(ids[1]!)).toEqual({ kind: 'certified', height: 1, code: 'accepted', reportIndex: 1, place });
      expect(at.store.chain.batch(batch.id)).toEqual(batch);
    });

    it('counts the seq of own batches only, also of one without pending items', () => {
      at.store.append([{ kind: 'batch', batch: at.chain.batch({ author: 2, seq: 90 }), items: [] }]);
      expect(at.store.restore().nextBatchSeq).toBe(0);
      at.store.append([{ kind: 'batch', batch: at.chain.batch({ author: AUTHOR, seq: 7 }), items: [] }]);
      at.store.append([{ kind: 'batch', batch: at.chain.batch({ author: AUTHOR, seq: 3 }), items: [] }]);
      expect(at.reopen().nextBatchSeq).toBe(8);
    });

    it('makes the items of an expired own batch pending again', () => {
      const item = at.chain.item();
      const batch = at.chain.batch({ items: [{ kind: item.kind, bytes: item.bytes }] });
      at.store.append([
        { kind: 'item', item },
        { kind: 'batch', batch, items: [item.id] },
      ]);
      at.store.append([{ kind: 'batch-expired', batchId: batch.id, items: [item] }]);
      expect(at.reopen()).toMatchObject({ items: [item], batches: [] });
      expect(at.store.chain.batch(batch.id)).toBeNull();
    });

    it('drops batches of others when no block may name them any more', () => {
      const small = new ChainFixture({ batchesPerBlock: 0, resultsPerBlock: 0, writesPerBlock: 0 });
      at.chain = small;
      const batch = small.batch({ author: 2 });
      const own = small.batch({ author: AUTHOR });
      at.store.append([
        { kind: 'batch', batch, items: [] },
        { kind: 'batch', batch: own, items: [ZERO_HASH] },
      ]);
      at.certify(BATCH_LIFETIME_HEIGHTS - 1);
      expect(at.store.restore().batches).toEqual([batch, own]);
      at.certify(BATCH_LIFETIME_HEIGHTS);
      expect(at.store.restore().batches).toEqual([own]);
    });

    it('keeps all of one call or nothing', () => {
      const [item, commit] = [at.chain.item(), at.chain.growTo(3)[2]!];
      const entries: JournalEntry[] = [
        { kind: 'item', item },
        { kind: 'certified', commit: at.chain.commits[0]! },
        { kind: 'certified', commit },
      ];
      expect(() => at.store.append(entries)).toThrow(refused('STORAGE_HEIGHT_INVALID'));
      expect(at.store.fate(item.id)).toBeNull();
      expect(at.reopen()).toMatchObject({ tip: null, items: [] });
      expect([...at.store.restore().ledgerEntries]).toEqual([]);
      at.certify(3);
      expect(at.store.chain.tip().height).toBe(3);
    });

    it('takes the entries of several steps at once', () => {
      const item = at.chain.item();
      const [first, second] = at.chain.growTo(2);
      const next = at.chain.candidate();
      at.store.append([
        { kind: 'item', item },
        { kind: 'certified', commit: first! },
        { kind: 'certified', commit: second! },
        { kind: 'prepared', height: 3, ...next },
      ]);
      const restored = at.reopen();
      expect(restored.tip).toEqual({ certified: second!.certified, blockHash: second!.blockHash });
      expect(restored.voting.prepared).toEqual(next);
      expect(restored.items).toEqual([item]);
    });

    it('remembers why the member halted', () => {
      at.store.append([{ kind: 'halted', height: 1, reason: 'another header' }]);
      expect(at.reopen().halted).toBe('another header');
    });
  });
}
