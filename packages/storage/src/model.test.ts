import { ZERO_HASH } from '@cairn/primitives';
import { decodeBlock, type TimeoutVote, type UnsignedMessage } from '@cairn/protocol';
import type { JournalEntry } from '@cairn/replica';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { NodeStore } from './node-store.ts';
import type { NodeStorePort } from './node-store-port.ts';
import { ChainFixture } from './testing/chain-fixture.ts';
import { MemoryNodeStore } from './testing/memory-node-store.ts';
import { withTemporaryDirectory } from './testing/temporary-directory.ts';

// Goal: the simulator's disk and the real one never differ, whatever is asked of them in whatever order.
// Method: the same random calls to both, the forbidden ones too; after each the answers and all that is kept are equal.
it('the double keeps and refuses what the real store does, also across restarts', () => {
  fc.assert(
    fc.property(fc.array(call, { minLength: 5, maxLength: 30 }), fc.nat(), (calls, seed) =>
      withTemporaryDirectory((dataDir) => {
        const chain = new ChainFixture({ seed, itemsPerBatch: 4 });
        const options = { dataDir, genesis: chain.genesis, author: 1 };
        const double = new MemoryNodeStore(options);
        let store = NodeStore.open(options);
        const pool = new EntryPool(chain);
        for (const { kinds, crash } of calls) {
          const entries = kinds.map(([kind, choice]) => pool.make(kind, choice));
          const outcome = tryAppend(double, entries);
          expect(tryAppend(store, entries)).toBe(outcome);
          if (outcome === 'done') pool.accept(entries);
          if (crash) {
            store.close();
            store = NodeStore.open(options);
          }
          expect(snapshot(store, pool)).toEqual(snapshot(double, pool));
        }
        store.close();
      }),
    ),
    { numRuns: 12 },
  );
});

const KINDS = [
  'item',
  'batch',
  'expired',
  'proposed',
  'prepared',
  'timed-out',
  'high',
  'entered',
  'certified',
] as const;
const call = fc.record({
  kinds: fc.array(fc.tuple(fc.constantFrom(...KINDS), fc.nat(11)), { minLength: 1, maxLength: 4 }),
  crash: fc.boolean(),
});

/** Makes entries from few things, so that calls meet again and contradict each other often. */
class EntryPool {
  readonly chain: ChainFixture;
  readonly items;
  readonly batches;
  #candidates: ReturnType<ChainFixture['candidate']>[];
  #commit;

  constructor(chain: ChainFixture) {
    this.chain = chain;
    this.items = Array.from({ length: 6 }, () => chain.item());
    this.batches = Array.from({ length: 4 }, (_, i) => {
      const items = this.items.slice(i, i + 2).map(({ kind, bytes }) => ({ kind, bytes }));
      return chain.batch({ author: i % 2, items });
    });
    this.#candidates = this.#freshCandidates();
    this.#commit = this.#nextCommit();
  }

  make(kind: (typeof KINDS)[number], choice: number): JournalEntry {
    const item = this.items[choice % 6]!;
    const batch = this.batches[choice % 4]!;
    const view = choice % 4;
    const candidate = this.#candidates[choice % 3]!;
    const certificate = this.chain.certificate(candidate.hash, view, this.#height);
    const height = this.#height;
    const place = choice % 4;
    switch (kind) {
      case 'item':
        return { kind, item };
      case 'batch':
        return { kind, batch, items: choice < 6 ? this.items.slice(place, place + 2).map(({ id }) => id) : [] };
      case 'expired':
        return { kind: 'batch-expired', batchId: batch.id, items: this.items.slice(place, place + 2) };
      case 'proposed':
        return { kind, height, view, block: candidate.block };
      case 'prepared':
        return {
          kind,
          height: choice === 11 ? height + 1 : height,
          view,
          hash: candidate.hash,
          block: candidate.block,
        };
      case 'high':
        return { kind: 'high-certificate', height, certificate };
      case 'entered':
        return { kind, height: choice === 11 ? height - 1 : height, view, entry: { kind: 'prepare', certificate } };
      case 'timed-out':
        return { kind, height, view: view - 1, vote: this.#vote(view, choice % 3) };
      case 'certified':
        return { kind, commit: this.#commit };
    }
  }

  /** The entries are durable: the chain goes on from there. */
  accept(entries: readonly JournalEntry[]): void {
    if (!entries.some(({ kind }) => kind === 'certified')) return;
    this.#candidates = this.#freshCandidates();
    this.#commit = this.#nextCommit();
  }

  get #height(): number {
    return this.#commit?.height ?? 1;
  }

  #freshCandidates() {
    return [0, 1, 2].map((view) => this.chain.candidate(view));
  }

  #nextCommit() {
    return this.chain.grow([this.batches[this.chain.height % 4]!, this.chain.batch()]);
  }

  #vote(view: number, highView: number): UnsignedMessage<TimeoutVote> {
    const position = { epoch: 0, height: this.#height, view, highView, highHash: ZERO_HASH };
    return { kind: 'timeout-vote', ...position, member: 1, highCertificate: null, entry: null, missingBatches: [] };
  }
}

function tryAppend(store: NodeStorePort, entries: readonly JournalEntry[]): string {
  try {
    store.append(entries);
    return 'done';
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

/** Everything that a store tells, in one comparable value. */
function snapshot(store: NodeStorePort, { items, batches }: EntryPool) {
  const { ledgerEntries, batches: waiting, ...restored } = store.restore();
  return {
    ...restored,
    items: restored.items.map(({ id }) => id),
    waiting: waiting.map(({ id }) => id),
    ledger: [...ledgerEntries].map(({ key, value }) => [key, Buffer.from(value).toString('hex')]),
    voting: { ...restored.voting, prepared: restored.voting.prepared && decodeBlock(restored.voting.prepared.block) },
    fates: items.map(({ id }) => store.fate(id)),
    known: batches.map(({ id }) => store.chain.batch(id) !== null),
    root: store.proofs.logRoot(store.chain.tip().height + 1),
  };
}
