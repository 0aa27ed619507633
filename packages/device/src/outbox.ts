import { CairnError, type Hash, type UnixMs } from '@cairn/primitives';
import { decodeReport } from '@cairn/protocol';
import type { DeviceStore, StoreOwner } from './device-store.ts';
import type { DeviceErrorCode } from './errors.ts';
import type { DeviceOptions } from './options.ts';

/** A signed report that waits to be settled. */
export interface QueuedReport {
  readonly id: Hash;
  readonly seq: number;
  readonly observedAt: UnixMs;
  readonly bytes: Uint8Array;
}

/** Gives out sequence numbers and keeps unsettled reports, oldest first, both over restarts. */
export class Outbox {
  readonly #store: DeviceStore;
  readonly #owner: StoreOwner;
  readonly #options: DeviceOptions;
  readonly #queue = new Map<Hash, QueuedReport>();
  #nextSeq: number;
  #reservedSeq: number;
  /** Additions run one after the other: a number is given out once, and the store sees them in order. */
  #last: Promise<unknown> = Promise.resolve();
  #wake: () => void = () => {};

  private constructor(store: DeviceStore, owner: StoreOwner, options: DeviceOptions, nextSeq: number) {
    this.#store = store;
    this.#owner = owner;
    this.#options = options;
    this.#nextSeq = nextSeq;
    this.#reservedSeq = nextSeq;
  }

  /** @throws DEVICE_STORE_* */
  static async open(store: DeviceStore, owner: StoreOwner, options: DeviceOptions): Promise<Outbox> {
    const { nextSeq, reports } = await store.open(owner);
    const outbox = new Outbox(store, owner, options, nextSeq);
    for (const bytes of reports) outbox.#keep(bytes);
    return outbox;
  }

  get size(): number {
    return this.#queue.size;
  }

  get nextSeq(): number {
    return this.#nextSeq;
  }

  /**
   * Takes the next number, has the report signed and keeps it. Resolves when both are durable.
   * @returns the report, and the one that was dropped to make room.
   * @throws DEVICE_QUEUE_EXCEEDED when full and so configured; whatever the store throws.
   */
  add(sign: (seq: number) => Uint8Array): Promise<{ readonly added: QueuedReport; readonly dropped?: QueuedReport }> {
    const result = this.#last.then(() => this.#add(sign));
    this.#last = result.catch(() => {});
    return result;
  }

  /** The oldest reports, at most `count`. */
  head(count: number): QueuedReport[] {
    const reports: QueuedReport[] = [];
    for (const report of this.#queue.values()) {
      if (reports.length >= count) break;
      reports.push(report);
    }
    return reports;
  }

  async settle(ids: readonly Hash[]): Promise<void> {
    const known = ids.filter((id) => this.#queue.delete(id));
    if (known.length > 0) await this.#store.remove(known);
  }

  /** Resolves when there is something to send, or `signal` aborts. One waiter at a time. */
  async filled(signal: AbortSignal): Promise<void> {
    if (this.size > 0 || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const wake = () => {
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#wake = wake;
      signal.addEventListener('abort', wake);
    });
  }

  /** Hands numbers that were not used back, and closes the store. */
  async close(): Promise<void> {
    await this.#last;
    if (this.#nextSeq < this.#reservedSeq) await this.#store.reserve(this.#nextSeq);
    await this.#store.close();
  }

  async #add(sign: (seq: number) => Uint8Array) {
    const dropped = this.#roomFor();
    if (this.#nextSeq >= this.#reservedSeq) {
      const bound = this.#nextSeq + this.#options.seqReserve;
      await this.#store.reserve(bound);
      this.#reservedSeq = bound;
    }
    // The number is spent even if the store then fails: a gap is harmless, a number used twice is not.
    const bytes = sign(this.#nextSeq++);
    const added = this.#read(bytes);
    await this.#store.append([added]);
    this.#queue.set(added.id, added);
    if (dropped !== undefined) await this.settle([dropped.id]);
    this.#wake();
    return dropped === undefined ? { added } : { added, dropped };
  }

  #roomFor(): QueuedReport | undefined {
    if (this.size < this.#options.queueMax) return undefined;
    if (this.#options.whenFull === 'drop-oldest') return this.head(1)[0];
    throw new CairnError<DeviceErrorCode>('DEVICE_QUEUE_EXCEEDED', 'too many unsent reports', { size: this.size });
  }

  #keep(bytes: Uint8Array): void {
    const report = this.#read(bytes);
    if (report.seq >= this.#nextSeq) {
      const why = 'a stored report has a number that was never given out: the store is older than its queue';
      throw new CairnError<DeviceErrorCode>('DEVICE_STORE_MALFORMED', why, { seq: report.seq });
    }
    this.#queue.set(report.id, report);
  }

  #read(bytes: Uint8Array): QueuedReport {
    const { id, seq, observedAt } = decodeReport(bytes, this.#owner.networkId).report;
    return { id, seq, observedAt, bytes };
  }
}
