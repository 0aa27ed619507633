import { type DecodedBatch, decodeBatchItems } from '@cairn/ledger';
import type { Hash, MemberIndex, NetworkId } from '@cairn/primitives';
import { type Batch, BLOCK_BATCHES_MAX, BLOCK_BYTES_MAX, BLOCK_ITEMS_MAX } from '@cairn/protocol';

/** A batch as sent, and as execution reads it. */
export interface PoolBatch extends DecodedBatch {
  readonly batch: Batch;
  readonly byteCount: number;
}

export function toPoolBatch(batch: Batch, networkId: NetworkId): PoolBatch {
  return { ...decodeBatchItems(batch, networkId), batch, byteCount: batch.bytes.length };
}

/** Per author: what one member can make others keep. */
const AUTHOR_BATCHES_MAX = 512;
const AUTHOR_BYTES_MAX = 64 * 1024 * 1024;

/** Valid batches that are not in the chain yet, all of them on disk. */
export class BatchPool {
  readonly #batches = new Map<Hash, PoolBatch>();
  readonly #byAuthor = new Map<MemberIndex, { count: number; bytes: number }>();

  get size(): number {
    return this.#batches.size;
  }

  get(id: Hash): PoolBatch | undefined {
    return this.#batches.get(id);
  }

  values(): MapIterator<PoolBatch> {
    return this.#batches.values();
  }

  some(isSuch: (batch: PoolBatch) => boolean): boolean {
    for (const batch of this.#batches.values()) if (isSuch(batch)) return true;
    return false;
  }

  /** @returns whether the author may have another batch here. */
  hasRoomFor(batch: PoolBatch): boolean {
    const used = this.#byAuthor.get(batch.author);
    if (used === undefined) return true;
    return used.count < AUTHOR_BATCHES_MAX && used.bytes + batch.byteCount <= AUTHOR_BYTES_MAX;
  }

  add(batch: PoolBatch): void {
    if (this.#batches.has(batch.id)) return;
    this.#batches.set(batch.id, batch);
    this.#account(batch, 1);
  }

  remove(id: Hash): void {
    const batch = this.#batches.get(id);
    if (batch === undefined) return;
    this.#batches.delete(id);
    this.#account(batch, -1);
  }

  /**
   * Batches for a block: every valid one that fits, oldest first, with an equal share of the block for each author.
   * @param isUsable whether the chain takes it at this height.
   */
  select(isUsable: (batch: PoolBatch) => boolean): readonly PoolBatch[] {
    const queues = new Map<MemberIndex, PoolBatch[]>();
    for (const batch of this.#batches.values()) {
      if (!isUsable(batch)) continue;
      const queue = queues.get(batch.author);
      if (queue === undefined) queues.set(batch.author, [batch]);
      else queue.push(batch);
    }
    const chosen: PoolBatch[] = [];
    let items = 0;
    let bytes = 0;
    // One batch of each author in turn, so that a loud author cannot crowd out the others.
    for (let round = 0; queues.size > 0; round++) {
      for (const [author, queue] of [...queues]) {
        const batch = queue[round];
        const fits =
          batch !== undefined &&
          chosen.length < BLOCK_BATCHES_MAX &&
          items + batch.items.length <= BLOCK_ITEMS_MAX &&
          bytes + batch.byteCount <= BLOCK_BYTES_MAX;
        if (!fits) {
          queues.delete(author);
          continue;
        }
        chosen.push(batch);
        items += batch.items.length;
        bytes += batch.byteCount;
      }
    }
    return chosen;
  }

  #account(batch: PoolBatch, sign: 1 | -1): void {
    const used = this.#byAuthor.get(batch.author) ?? { count: 0, bytes: 0 };
    const next = { count: used.count + sign, bytes: used.bytes + sign * batch.byteCount };
    if (next.count === 0) this.#byAuthor.delete(batch.author);
    else this.#byAuthor.set(batch.author, next);
  }
}
