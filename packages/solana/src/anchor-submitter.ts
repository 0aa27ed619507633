import { assertNever, CairnError, fromBase64, hasCode, type NetworkId, type PublicKey } from '@cairn/primitives';
import { verifiedCheckpoint } from './anchor-checkpoint.ts';
import { AnchorMachine, type AnchorState } from './anchor-machine.ts';
import type { AnchorStore } from './anchor-record.ts';
import type { AnchorCommand, AnchorEvent, AnchorInput, AnchorStep, ChainCheck, ChainSurvey } from './anchor-step.ts';
import { buildAnchorTransaction } from './anchor-transaction.ts';
import type { ChainClient, SolanaAddress, TransactionId, TransactionStatus } from './chain-client.ts';
import type { FeePayer } from './fee-payer.ts';
import { type AnchorOptions, defaultAnchorOptions } from './options.ts';

export interface AnchorClock {
  nowMs(): number;
  /** @returns a function that takes it back. */
  setTimer(delayMs: number, run: () => void): () => void;
}

export const systemClock: AnchorClock = {
  nowMs: () => Date.now(),
  setTimer: (delayMs, run) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

export interface AnchorSubmitterOptions extends Partial<AnchorOptions> {
  readonly networkId: NetworkId;
  readonly groupKey: PublicKey;
}

export interface AnchorSubmitterDependencies {
  readonly client: ChainClient;
  readonly store: AnchorStore;
  readonly feePayer: FeePayer;
  readonly clock?: AnchorClock;
  /** For metrics and logs; must not throw. */
  readonly onEvent?: (event: AnchorSubmitterEvent) => void;
}

export type AnchorSubmitterEvent = AnchorEvent | { readonly kind: 'store-failed'; readonly retryInMs: number };

/** Longest timer that the platform takes. */
const TIMER_MS_MAX = 2 ** 31 - 1;
const STORE_RETRY_MS = 1000;

/** The host of an AnchorMachine: carries out its steps, one at a time, over a ChainClient and a store. */
export class AnchorSubmitter {
  readonly feePayerAddress: SolanaAddress;
  readonly #options: AnchorOptions & AnchorSubmitterOptions;
  readonly #dependencies: AnchorSubmitterDependencies;
  readonly #clock: AnchorClock;
  #machine: AnchorMachine | undefined;
  #isStopped = false;
  #cancelTimer: () => void = () => {};
  #endSleep: () => void = () => {};
  #work: Promise<void> = Promise.resolve();

  constructor(options: AnchorSubmitterOptions, dependencies: AnchorSubmitterDependencies) {
    this.#options = { ...defaultAnchorOptions, ...options };
    this.#dependencies = dependencies;
    this.#clock = dependencies.clock ?? systemClock;
    this.feePayerAddress = dependencies.feePayer.address;
  }

  /** Loads what was under way and goes on with it. Rejects when the store cannot be read. Call once. */
  async start(): Promise<void> {
    const { computeUnitLimit } = this.#options;
    this.#machine = new AnchorMachine(this.#options, {
      records: await this.#dependencies.store.load(),
      build: (input) => buildAnchorTransaction({ ...input, computeUnitLimit }, this.#dependencies.feePayer),
    });
    this.#feed({ kind: 'woken', atMs: this.#clock.nowMs() });
  }

  /** Where things stand; null before start. */
  get state(): AnchorState | null {
    return this.#machine?.state ?? null;
  }

  /**
   * Offers a newer checkpoint; an older one than the newest changes nothing. Costs one signature check.
   * @throws PROTOCOL_CHECKPOINT_MALFORMED, SOLANA_CHECKPOINT_INVALID: junk is never paid for.
   */
  offer(noteText: string): void {
    const checkpoint = verifiedCheckpoint(noteText, this.#options.groupKey);
    if (checkpoint.networkId !== this.#options.networkId) {
      const meta = { treeSize: checkpoint.treeSize };
      throw new CairnError('SOLANA_CHECKPOINT_INVALID', 'a checkpoint of another network', meta);
    }
    this.#feed({ kind: 'checkpoint', atMs: this.#clock.nowMs(), checkpoint });
  }

  /** Ends timers and waits for the request under way; the caller closes the client first to make that quick. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelTimer();
    this.#endSleep();
    await this.#work;
  }

  #feed(input: AnchorInput): void {
    if (this.#isStopped || this.#machine === undefined) return;
    const step = this.#machine.step(input);
    this.#cancelTimer();
    if (step.wakeAtMs !== undefined) this.#wakeAt(step.wakeAtMs);
    // One after the other: what a step saves is durable before a later step sends.
    this.#work = this.#work.then(() => this.#carryOut(step));
  }

  #wakeAt(atMs: number): void {
    const delayMs = Math.min(TIMER_MS_MAX, Math.max(0, atMs - this.#clock.nowMs()));
    this.#cancelTimer = this.#clock.setTimer(delayMs, () => this.#feed({ kind: 'woken', atMs: this.#clock.nowMs() }));
  }

  async #carryOut(step: AnchorStep): Promise<void> {
    for (const record of step.save) {
      while (!this.#isStopped) {
        try {
          await this.#dependencies.store.save(record);
          break;
        } catch {
          this.#tell({ kind: 'store-failed', retryInMs: STORE_RETRY_MS });
          await this.#sleep(STORE_RETRY_MS);
        }
      }
    }
    for (const event of step.events) this.#tell(event);
    if (step.command === undefined || this.#isStopped) return;
    const input = await this.#run(step.command);
    this.#feed({ ...input, atMs: this.#clock.nowMs() });
  }

  async #run(command: AnchorCommand): Promise<WithoutTime<AnchorInput>> {
    try {
      switch (command.kind) {
        case 'survey':
          return { kind: 'surveyed', survey: await survey(this.#dependencies.client, this.feePayerAddress) };
        case 'fund':
          await this.#dependencies.client.requestAirdrop(this.feePayerAddress, command.lamports);
          return { kind: 'funded' };
        case 'send':
          await this.#dependencies.client.send(fromBase64(command.record.transactionBase64));
          return { kind: 'sent' };
        case 'check':
          return { kind: 'checked', check: await check(this.#dependencies.client, command.transactions) };
        default:
          return assertNever(command);
      }
    } catch (error) {
      if (!(error instanceof CairnError)) throw error;
      const isRefusal = command.kind === 'send' && error.code === 'SOLANA_RPC_INVALID';
      return { kind: isRefusal ? 'refused' : 'failed', code: error.code };
    }
  }

  #tell(event: AnchorSubmitterEvent): void {
    this.#dependencies.onEvent?.(event);
  }

  async #sleep(delayMs: number): Promise<void> {
    if (this.#isStopped) return;
    await new Promise<void>((resolve) => {
      const cancel = this.#clock.setTimer(delayMs, resolve);
      this.#endSleep = () => {
        cancel();
        resolve();
      };
    });
  }
}

type WithoutTime<T> = T extends unknown ? Omit<T, 'atMs'> : never;

async function survey(client: ChainClient, feePayer: SolanaAddress): Promise<ChainSurvey> {
  const chain = await client.chain();
  const balanceLamports = await client.balance(feePayer);
  const recentPrice = await client.priorityFee();
  return { chain, balanceLamports, recentPrice, ...(await client.recentBlockhash()) };
}

async function check(client: ChainClient, transactions: readonly TransactionId[]): Promise<ChainCheck> {
  const chain = await client.chain();
  // The head before the statuses: what is unknown at a later slot than this head was not in the chain at this head.
  const head = await client.finalizedHead();
  const { slot, statuses } = await client.statuses(transactions);
  const timed = statuses.map(async (status) => status && { ...status, blockTime: await blockTime(client, status) });
  return { chain, head, slot, statuses: await Promise.all(timed) };
}

async function blockTime(client: ChainClient, status: TransactionStatus): Promise<number | null> {
  if (status.commitment === 'processed') return null;
  try {
    return await client.blockTimeMs(status.slot);
  } catch (error) {
    // The time is a nicety; that the block is too young for it, or gone from this RPC, must not hold up the anchor.
    if (hasCode(error, 'SOLANA_RPC_INVALID')) return null;
    throw error;
  }
}
