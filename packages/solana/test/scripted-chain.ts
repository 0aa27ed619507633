import { createHash } from 'node:crypto';
import { CairnError } from '@cairn/primitives';
import { VersionedTransaction } from '@solana/web3.js';
import { type AnchorContent, readAnchorTransaction } from '../src/anchor-transaction.ts';
import { toBase58 } from '../src/base58.ts';
import type {
  ChainClient,
  ChainHead,
  ChainTransaction,
  RecentBlockhash,
  TransactionId,
  TransactionStatuses,
} from '../src/chain-client.ts';

/** How many blocks after it a blockhash can be used, as on Solana. */
const LIFETIME = 150;
const FINALITY = 32;

interface Landed {
  readonly slot: number;
  readonly content: AnchorContent;
}

/** A chain without a network: one block per `slotMs` of virtual time, with switches for what goes wrong. */
export class ScriptedChain implements ChainClient {
  readonly slotMs = 400;
  readonly landed = new Map<TransactionId, Landed>();
  readonly sends: TransactionId[] = [];
  balanceLamports = 1_000_000_000;
  recentPrice = 0;
  isDown = false;
  /** What becomes of a transaction that is sent: slots until it lands, undefined when it is lost. */
  fate: () => number | undefined = () => 1;
  /** Runs when a transaction arrives, before anything else. */
  onSend: (transaction: TransactionId) => void = () => {};
  #genesisAtMs: number;
  #name = 0;
  readonly #nowMs: () => number;
  readonly #arriving = new Map<TransactionId, Landed>();
  readonly #lastValid = new Map<string, number>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#genesisAtMs = nowMs();
  }

  /** The test chain was started again and remembers nothing. */
  startAnew(): void {
    this.#name++;
    this.#genesisAtMs = this.#nowMs();
    this.#arriving.clear();
    this.#lastValid.clear();
    this.landed.clear();
  }

  /** A fork that the chain gave up held this one. */
  drop(transaction: TransactionId): void {
    this.landed.delete(transaction);
  }

  get slot(): number {
    return Math.floor((this.#nowMs() - this.#genesisAtMs) / this.slotMs);
  }

  async chain(): Promise<string> {
    this.#answer();
    return hash(`genesis ${this.#name}`);
  }

  async finalizedHead(): Promise<ChainHead> {
    this.#answer();
    const slot = Math.max(0, this.slot - FINALITY);
    return { slot, blockHeight: slot };
  }

  async recentBlockhash(): Promise<RecentBlockhash> {
    this.#answer();
    const blockhash = hash(`block ${this.slot} of ${this.#name}`);
    const lastValidBlockHeight = this.slot + LIFETIME;
    this.#lastValid.set(blockhash, lastValidBlockHeight);
    return { blockhash, lastValidBlockHeight };
  }

  async balance(): Promise<number> {
    this.#answer();
    return this.balanceLamports;
  }

  async priorityFee(): Promise<number> {
    this.#answer();
    return this.recentPrice;
  }

  async send(bytes: Uint8Array): Promise<void> {
    const content = readAnchorTransaction(bytes);
    this.sends.push(content.transaction);
    this.onSend(content.transaction);
    this.#answer();
    const lastValid = this.#lastValid.get(VersionedTransaction.deserialize(bytes).message.recentBlockhash) ?? -1;
    if (this.slot > lastValid) throw new CairnError('SOLANA_RPC_INVALID', 'blockhash not found');
    const slots = this.fate();
    if (slots === undefined || this.slot + slots > lastValid || this.landed.has(content.transaction)) return;
    // Sent again it may come sooner, never twice.
    const slot = Math.min(this.slot + slots, this.#arriving.get(content.transaction)?.slot ?? Number.POSITIVE_INFINITY);
    this.#arriving.set(content.transaction, { slot, content });
  }

  async statuses(transactions: readonly TransactionId[]): Promise<TransactionStatuses> {
    this.#answer();
    const { slot } = this;
    const statuses = transactions.map((transaction) => {
      const landed = this.landed.get(transaction);
      if (landed === undefined) return null;
      const commitment = slot - landed.slot >= FINALITY ? ('finalized' as const) : ('confirmed' as const);
      return { slot: landed.slot, commitment, isFailed: false };
    });
    return { slot, statuses };
  }

  async blockTimeMs(slot: number): Promise<number | null> {
    this.#answer();
    return this.#genesisAtMs + slot * this.slotMs;
  }

  async transaction(transaction: TransactionId): Promise<ChainTransaction> {
    throw new CairnError('SOLANA_TRANSACTION_UNKNOWN', 'not scripted', { transaction });
  }

  async requestAirdrop(_address: string, lamports: number): Promise<void> {
    this.#answer();
    this.balanceLamports += lamports;
  }

  #answer(): void {
    if (this.isDown) throw new CairnError('SOLANA_RPC_UNREACHABLE', 'down');
    this.#settle();
  }

  #settle(): void {
    for (const [transaction, arriving] of this.#arriving) {
      if (arriving.slot > this.slot) continue;
      this.#arriving.delete(transaction);
      this.landed.set(transaction, arriving);
    }
  }
}

function hash(text: string): string {
  return toBase58(createHash('sha256').update(text).digest());
}

/** Virtual time: timers fire in order when `run` moves the clock, with promises settled in between. */
export class VirtualClock {
  #nowMs = 1_700_000_000_000;
  readonly #timers = new Map<number, { atMs: number; run: () => void }>();
  #next = 0;

  readonly nowMs = (): number => this.#nowMs;

  readonly setTimer = (delayMs: number, run: () => void): (() => void) => {
    const id = this.#next++;
    this.#timers.set(id, { atMs: this.#nowMs + delayMs, run });
    return () => this.#timers.delete(id);
  };

  async run(durationMs: number): Promise<void> {
    const endMs = this.#nowMs + durationMs;
    for (;;) {
      await settlePromises();
      const [id, timer] = [...this.#timers].sort((a, b) => a[1].atMs - b[1].atMs)[0] ?? [];
      if (id === undefined || timer === undefined || timer.atMs > endMs) break;
      this.#timers.delete(id);
      this.#nowMs = Math.max(this.#nowMs, timer.atMs);
      timer.run();
    }
    this.#nowMs = endMs;
    await settlePromises();
  }
}

/** Everything here is in memory, so a turn of the event loop ends whatever was begun. */
async function settlePromises(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
