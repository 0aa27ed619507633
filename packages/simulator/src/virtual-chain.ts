import { fromUtf8, type Rng, type UnixMs, utf8 } from '@cairn/primitives';
import type { CheckedStatus } from '@cairn/solana/anchor-machine';

const SLOT_MS = 40;
const CONFIRMED_SLOTS = 2;
/** A fork never goes back so far. */
const FINAL_SLOTS = 12;
const BLOCKHASH_SLOTS = 25;
const BLOCKHASH_PREFIX = 'block-';
/** Slots count missed blocks too. */
const SLOTS_AHEAD_OF_HEIGHT = 100;

/** A transaction of this chain: what was paid for, and until when it can land. */
export interface VirtualTransaction {
  readonly id: string;
  readonly memo: string;
  readonly lastValidHeight: number;
}

export interface Landed {
  readonly transaction: VirtualTransaction;
  readonly height: number;
}

/**
 * A chain as anchors see one: blocks by the clock, a pool of what was sent, transactions that land once or expire, and
 * forks that throw away what is not final. It moves only when it is looked at.
 */
export class VirtualChain {
  readonly id: string = 'virtual';
  readonly #rng: Rng;
  readonly #startMs: UnixMs;
  #height = 0;
  readonly #pool = new Map<string, VirtualTransaction>();
  #landed: Landed[] = [];
  /** How likely a block takes a transaction. */
  takes = 0.7;

  constructor(rng: Rng, startMs: UnixMs) {
    this.#rng = rng;
    this.#startMs = startMs;
  }

  /** In the chain as it stands, oldest first. */
  get landed(): readonly Landed[] {
    return this.#landed;
  }

  get finalHeight(): number {
    return Math.max(0, this.#height - FINAL_SLOTS);
  }

  /** The finalized end. */
  get head(): { readonly slot: number; readonly blockHeight: number } {
    return { slot: this.finalHeight + SLOTS_AHEAD_OF_HEIGHT, blockHeight: this.finalHeight };
  }

  advanceTo(nowMs: UnixMs): void {
    const target = Math.floor((nowMs - this.#startMs) / SLOT_MS);
    while (this.#height < target) {
      this.#height += 1;
      for (const transaction of [...this.#pool.values()]) this.#offer(transaction);
    }
  }

  /** Of a transaction with this blockhash, however late it is built. */
  lastValidHeightOf(blockhash: string): number {
    return Number(blockhash.slice(BLOCKHASH_PREFIX.length)) + BLOCKHASH_SLOTS;
  }

  recentBlockhash(): { readonly blockhash: string; readonly lastValidBlockHeight: number } {
    const blockhash = `${BLOCKHASH_PREFIX}${this.#height}`;
    return { blockhash, lastValidBlockHeight: this.lastValidHeightOf(blockhash) };
  }

  send(bytes: Uint8Array): void {
    const transaction = decodeTransaction(bytes);
    const isKnown = this.#landed.some((landed) => landed.transaction.id === transaction.id);
    if (!isKnown && transaction.lastValidHeight >= this.#height) this.#pool.set(transaction.id, transaction);
  }

  /** @param lag how many blocks the one that is asked is behind. @returns what it knows of a transaction, as of `slot`. */
  statusOf(id: string, lag: number): CheckedStatus | null {
    const seen = this.#height - lag;
    const landed = this.#landed.find(({ transaction, height }) => transaction.id === id && height <= seen);
    if (landed === undefined) return null;
    const depth = seen - landed.height;
    const commitment = depth >= FINAL_SLOTS ? 'finalized' : depth >= CONFIRMED_SLOTS ? 'confirmed' : 'processed';
    return { slot: landed.height + SLOTS_AHEAD_OF_HEIGHT, commitment, isFailed: false, blockTime: null };
  }

  slotAsOf(lag: number): number {
    return this.#height - lag + SLOTS_AHEAD_OF_HEIGHT;
  }

  /** Blocks that are not final give way to others, which hold some of their transactions again, later or never. */
  fork(): void {
    const kept = this.finalHeight + this.#rng.integer(0, FINAL_SLOTS);
    for (const { transaction, height } of this.#landed) {
      if (height > kept && this.#rng.chance(0.3)) this.#pool.set(transaction.id, transaction);
    }
    this.#landed = this.#landed.filter(({ height }) => height <= kept);
  }

  #offer(transaction: VirtualTransaction): void {
    const isExpired = this.#height > transaction.lastValidHeight;
    if (!isExpired && !this.#rng.chance(this.takes)) return;
    this.#pool.delete(transaction.id);
    if (!isExpired) this.#landed.push({ transaction, height: this.#height });
  }
}

export function encodeTransaction(transaction: VirtualTransaction): Uint8Array {
  return utf8(JSON.stringify(transaction));
}

function decodeTransaction(bytes: Uint8Array): VirtualTransaction {
  return JSON.parse(fromUtf8(bytes)) as VirtualTransaction;
}
