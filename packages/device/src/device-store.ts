import type { Hash, NetworkId, PublicKey } from '@cairn/primitives';

/** What a store belongs to. Sequence numbers count for each device and feed. */
export interface StoreOwner {
  readonly device: PublicKey;
  readonly networkId: NetworkId;
  readonly feed: string;
}

/** What a store held when it was opened. */
export interface StoredState {
  /** No number at or above this was ever given out. */
  readonly nextSeq: number;
  /** Signed reports that were not settled, oldest first. */
  readonly reports: readonly Uint8Array[];
}

/**
 * The memory of a device across restarts, for one owner. Every promise resolves when the change is durable, so that
 * no crash makes the device use a number twice or forget a report that it promised to send.
 */
export interface DeviceStore {
  /** Called once, before anything else. @throws DEVICE_STORE_MISMATCH, DEVICE_STORE_MALFORMED */
  open(owner: StoreOwner): Promise<StoredState>;
  /** From now on numbers below `seq` may be given out. May lower the bound, to hand back what was not used. */
  reserve(seq: number): Promise<void>;
  append(reports: readonly { readonly id: Hash; readonly bytes: Uint8Array }[]): Promise<void>;
  /** May be lost in a crash: a report sent twice is refused as replayed, harmlessly. */
  remove(ids: readonly Hash[]): Promise<void>;
  close(): Promise<void>;
}

/** Forgets all at exit: for tests, and for devices whose key lives no longer than their process. */
export class MemoryStore implements DeviceStore {
  #nextSeq = 0;
  readonly #reports = new Map<Hash, Uint8Array>();

  async open(_owner: StoreOwner): Promise<StoredState> {
    return { nextSeq: this.#nextSeq, reports: [...this.#reports.values()] };
  }

  async reserve(seq: number): Promise<void> {
    this.#nextSeq = seq;
  }

  async append(reports: readonly { readonly id: Hash; readonly bytes: Uint8Array }[]): Promise<void> {
    for (const { id, bytes } of reports) this.#reports.set(id, bytes);
  }

  async remove(ids: readonly Hash[]): Promise<void> {
    for (const id of ids) this.#reports.delete(id);
  }

  async close(): Promise<void> {}
}
