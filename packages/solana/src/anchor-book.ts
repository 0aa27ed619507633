import { BoundedMap } from '@cairn/primitives';
import { type AnchorRecord, isAnchored, isSettled } from './anchor-record.ts';
import type { ChainId, TransactionId } from './chain-client.ts';

/** Unsettled records kept in mind, those of chains that are gone included. */
const UNSETTLED_MAX = 256;
const CHAINS_MAX = 16;

/** What the machine knows of its own anchors: those that are not settled, and the last final one of each chain. */
export class AnchorBook {
  readonly #unsettled = new BoundedMap<TransactionId, AnchorRecord>(UNSETTLED_MAX);
  readonly #finalized = new BoundedMap<ChainId, AnchorRecord>(CHAINS_MAX);

  constructor(records: readonly AnchorRecord[]) {
    // Oldest first, so that what falls out of the bounds is the oldest.
    for (const record of [...records].sort((a, b) => a.submittedAt - b.submittedAt)) this.put(record);
  }

  get isEmpty(): boolean {
    return this.#unsettled.size === 0;
  }

  put(record: AnchorRecord): void {
    if (!isSettled(record)) {
      this.#unsettled.set(record.transaction, record);
      return;
    }
    this.#unsettled.delete(record.transaction);
    const before = this.#finalized.get(record.chain);
    if (record.status === 'finalized' && record.treeSize >= (before?.treeSize ?? 0)) {
      this.#finalized.set(record.chain, record);
    }
  }

  /** Of this chain, not settled, oldest first. */
  tracked(chain: ChainId): readonly AnchorRecord[] {
    return [...this.#unsettled.values()].filter((record) => record.chain === chain);
  }

  /** The transaction that may still land on this chain, if there is one. */
  submitted(chain: ChainId): AnchorRecord | undefined {
    return this.tracked(chain).find((record) => record.status === 'submitted');
  }

  /** The anchor of the largest tree that this chain holds. */
  latest(chain: ChainId): AnchorRecord | undefined {
    let latest = this.#finalized.get(chain);
    for (const record of this.tracked(chain)) {
      if (isAnchored(record) && record.treeSize > (latest?.treeSize ?? 0)) latest = record;
    }
    return latest;
  }
}
