import type { Hash } from '@cairn/primitives';
import { BATCH_BYTES_MAX, BATCH_ITEMS_MAX } from '@cairn/protocol';
import type { PendingItem } from './step.ts';

/** What one member keeps of its own intake, waiting or in batches that are not in the chain yet. */
export const OWN_ITEMS_MAX = 65_536;
/** Room for the body's other fields and the CBOR heads of its items. */
const BATCH_OVERHEAD_BYTES = 4096;
const ITEM_OVERHEAD_BYTES = 8;

/** Own items on their way into batches: waiting -> taken (being sealed) -> packed -> in the chain. */
export class IntakeQueue {
  readonly #waiting = new Map<Hash, PendingItem>();
  /** Taken or packed: refused as duplicates until their batch is in the chain. */
  readonly #inBatches = new Set<Hash>();
  /** Items of own sealed batches, for packing them again if the batch expires. */
  readonly #ofBatch = new Map<Hash, readonly PendingItem[]>();
  /** By the seq of the batch that is being sealed. */
  readonly #taken = new Map<number, readonly PendingItem[]>();

  get waitingCount(): number {
    return this.#waiting.size;
  }

  get size(): number {
    return this.#waiting.size + this.#inBatches.size;
  }

  has(id: Hash): boolean {
    return this.#waiting.has(id) || this.#inBatches.has(id);
  }

  add(item: PendingItem): void {
    this.#waiting.set(item.id, item);
  }

  /** Items for the batch numbered `seq`, oldest first; empty when none wait. They count as taken until `packed`. */
  take(seq: number): readonly PendingItem[] {
    const items: PendingItem[] = [];
    let bytes = BATCH_OVERHEAD_BYTES;
    for (const item of this.#waiting.values()) {
      bytes += item.bytes.length + ITEM_OVERHEAD_BYTES;
      if (items.length >= BATCH_ITEMS_MAX || bytes > BATCH_BYTES_MAX) break;
      items.push(item);
    }
    for (const { id } of items) {
      this.#waiting.delete(id);
      this.#inBatches.add(id);
    }
    if (items.length > 0) this.#taken.set(seq, items);
    return items;
  }

  /** The items taken under `seq` were sealed into this batch. @returns their ids. */
  packed(batchId: Hash, seq: number): readonly Hash[] {
    const items = this.#taken.get(seq) ?? [];
    this.#taken.delete(seq);
    this.#ofBatch.set(batchId, items);
    return items.map(({ id }) => id);
  }

  restorePacked(batchId: Hash, items: readonly PendingItem[]): void {
    for (const { id } of items) this.#inBatches.add(id);
    this.#ofBatch.set(batchId, items);
  }

  isOwn(batchId: Hash): boolean {
    return this.#ofBatch.has(batchId);
  }

  /** The batch is in the chain. */
  done(batchId: Hash): void {
    for (const { id } of this.#ofBatch.get(batchId) ?? []) this.#inBatches.delete(id);
    this.#ofBatch.delete(batchId);
  }

  /** The batch's life ended outside the chain: its items wait again. @returns them. */
  expired(batchId: Hash): readonly PendingItem[] {
    const items = this.#ofBatch.get(batchId) ?? [];
    this.#ofBatch.delete(batchId);
    for (const item of items) {
      this.#inBatches.delete(item.id);
      this.#waiting.set(item.id, item);
    }
    return items;
  }
}
