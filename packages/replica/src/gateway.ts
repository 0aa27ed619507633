import { precheck, precheckRegistration, precheckRevocation } from '@cairn/ledger';
import type { Hash, MemberIndex, UnixMs } from '@cairn/primitives';
import {
  BATCH_ITEMS_MAX,
  type Batch,
  decodeReportContent,
  type ReceiptCode,
  registrationCodec,
  revocationCodec,
} from '@cairn/protocol';
import { type BatchPool, type PoolBatch, toPoolBatch } from './batch-pool.ts';
import type { Chain } from './chain.ts';
import { IntakeQueue, OWN_ITEMS_MAX } from './intake-queue.ts';
import type { IntakeAnswer, PendingItem, RestoredReplica } from './step.ts';
import type { StepDraft } from './step-draft.ts';

export interface GatewayOptions {
  readonly self: MemberIndex;
  /** Own intake is packed this often, or when a batch is full. */
  readonly packIntervalMs: number;
}

/** Own batches that may be in the making at once. */
const SEALS_MAX = 4;

/** A member's own intake: takes items, acknowledges what is durable, packs them into batches (protocol section 4). */
export class Gateway {
  readonly #options: GatewayOptions;
  readonly #chain: Chain;
  readonly #pool: BatchPool;
  readonly #draft: StepDraft;
  readonly #queue = new IntakeQueue();
  #nextSeq = 0;
  #sealing = 0;
  #isPackTimerSet = false;

  constructor(
    options: GatewayOptions,
    dependencies: { readonly chain: Chain; readonly pool: BatchPool; readonly draft: StepDraft },
  ) {
    this.#options = options;
    this.#chain = dependencies.chain;
    this.#pool = dependencies.pool;
    this.#draft = dependencies.draft;
  }

  get itemCount(): number {
    return this.#queue.size;
  }

  /** Own batches that are not in the chain yet, and items that wait for one. */
  restore(restored: Pick<RestoredReplica, 'items' | 'nextBatchSeq'>): void {
    this.#nextSeq = restored.nextBatchSeq;
    for (const batch of this.#pool.values()) {
      if (batch.author === this.#options.self) this.#queue.restorePacked(batch.id, pendingItemsOf(batch));
    }
    for (const item of restored.items) if (!this.#queue.has(item.id)) this.#queue.add(item);
    this.pack();
  }

  /** @param isHalted then nothing is taken. */
  onItems(
    request: number,
    items: readonly PendingItem[],
    { atMs, isHalted }: { readonly atMs: UnixMs; readonly isHalted: boolean },
  ): void {
    const verdicts = items.map(
      (item) => ({ id: item.id, code: isHalted ? 'halted' : this.#admit(item, atMs) }) as const,
    );
    if (!isHalted) this.pack();
    this.#draft.answer({ request, verdicts });
  }

  /** An item of this member's own making, such as evidence. */
  submit(item: PendingItem): void {
    if (this.#queue.has(item.id) || this.#queue.size >= OWN_ITEMS_MAX) return;
    this.#queue.add(item);
    this.#draft.journal({ kind: 'item', item });
    this.pack();
  }

  onPackTimer(): void {
    this.#isPackTimerSet = false;
    this.pack(true);
  }

  /** A batch of ours is sealed: on disk first, then to everyone. */
  onSealed(batch: Batch): PoolBatch {
    this.#sealing -= 1;
    const items = this.#queue.packed(batch.id, batch.seq);
    this.#draft.journal({ kind: 'batch', batch, items });
    this.#draft.send({ kind: 'batch', batch });
    this.pack();
    return toPoolBatch(batch, this.#chain.networkId);
  }

  /** The batch is in the chain. */
  onIncluded(batchId: Hash): void {
    this.#queue.done(batchId);
  }

  /** The batch's life ended outside the chain: reports of an expired batch are packed again. */
  onExpired(batchId: Hash): void {
    if (!this.#queue.isOwn(batchId)) return;
    const items = this.#queue.expired(batchId);
    this.#draft.journal({ kind: 'batch-expired', batchId, items });
    this.pack();
  }

  /** A full batch leaves at once, a smaller one when the pack timer fires. */
  pack(isDue = false): void {
    if (this.#queue.waitingCount === 0) return;
    const isFull = this.#queue.waitingCount >= BATCH_ITEMS_MAX;
    if ((isFull || isDue) && this.#sealing < SEALS_MAX) this.#seal();
    if (this.#queue.waitingCount > 0 && !this.#isPackTimerSet) {
      this.#isPackTimerSet = true;
      this.#draft.setTimer('pack', this.#options.packIntervalMs);
    }
  }

  #seal(): void {
    this.#sealing += 1;
    const seq = this.#nextSeq++;
    const items = this.#queue.take(seq).map(({ kind, bytes }) => ({ kind, bytes }));
    const { networkId, nextEpoch: epoch, nextHeight } = this.#chain;
    const body = { networkId, epoch, author: this.#options.self, seq, baseHeight: nextHeight - 1, items };
    this.#draft.work({ kind: 'seal-batch', body });
  }

  #admit(item: PendingItem, atMs: UnixMs): IntakeAnswer['verdicts'][number]['code'] {
    // Known already: acknowledged again, since it is durable.
    if (this.#queue.has(item.id)) return null;
    if (this.#queue.size >= OWN_ITEMS_MAX) return 'pool-full';
    const code = this.#precheck(item, atMs);
    if (code !== null) return code;
    this.#queue.add(item);
    this.#draft.journal({ kind: 'item', item });
    return null;
  }

  /** What the next block would say of it. Too early is no refusal: such a report waits for its time. */
  #precheck(item: PendingItem, atMs: UnixMs): ReceiptCode | null {
    const { state, networkId } = this.#chain;
    switch (item.kind) {
      case 'report': {
        const code = precheck(state, decodeReportContent(item.bytes, networkId), atMs);
        return code === 'deferred' ? null : code;
      }
      // Strangers take no block space: who may not sign is told so here.
      case 'registration':
        return precheckRegistration(state, registrationCodec.decode(item.bytes), atMs);
      case 'revocation':
        return precheckRevocation(state, revocationCodec.decode(item.bytes), atMs);
      default:
        return 'malformed';
    }
  }
}

/** The own items of a batch, as they came in: an item's id is the hash of its bytes. */
function pendingItemsOf({ batch, items }: PoolBatch): readonly PendingItem[] {
  return batch.items.map(({ kind, bytes }, index) => ({ id: items[index]?.id as Hash, kind, bytes }));
}
