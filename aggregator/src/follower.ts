import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { verifySignature } from '@cairn/crypto';
import type { SyncBlock } from '@cairn/http';
import { CairnError } from '@cairn/primitives';
import { decodeBatch, decodeCertifiedBlock } from '@cairn/protocol';
import { type Chain, type Commit, type FollowResult, followCertified, toPoolBatch } from '@cairn/replica';
import type { BlockSource } from './node-source.ts';
import { defaultFollowerOptions, type FollowerOptions } from './options.ts';
import { SourceBook, type SourceState } from './source-book.ts';
import type { BlockVerifier } from './verify-pool.ts';

export type FollowerEvent =
  /** Verified, executed and durable. */
  | { readonly kind: 'followed'; readonly commits: readonly Commit[]; readonly source: string }
  | { readonly kind: 'verified'; readonly height: number; readonly durationMs: number }
  | { readonly kind: 'known'; readonly count: number; readonly source: string }
  /** The source served what does not verify: it is named and left alone for a while. */
  | { readonly kind: 'invalid'; readonly source: string; readonly height: number; readonly fault: string }
  | { readonly kind: 'unreachable'; readonly source: string; readonly code: string }
  /** Nothing is followed any more: the committee certified what our execution does not give. */
  | { readonly kind: 'diverged'; readonly height: number; readonly fault: string }
  /** No thread checks signatures just now; the source is not at fault. */
  | { readonly kind: 'verifier-failed'; readonly error: CairnError }
  | { readonly kind: 'archive-failed'; readonly error: unknown; readonly retryInMs: number };

export interface FollowerDependencies {
  /** At the archive's tip. The follower is the only one to change it. */
  readonly chain: Chain;
  /** All or none, durable on return. */
  readonly append: (commits: readonly Commit[]) => void;
  readonly sources: readonly BlockSource[];
  readonly verifier: BlockVerifier;
  /** For everything that goes on. Must not throw. */
  readonly onEvent: (event: FollowerEvent) => void;
}

/** Blocks of one transaction: a sync of the disk each would slow catching up. */
const COMMITS_PER_APPEND = 32;

/** Follows the certified chain over sources that nobody has to trust. */
export class Follower {
  readonly #options: FollowerOptions;
  readonly #dependencies: FollowerDependencies;
  readonly #book: SourceBook;
  readonly #stopping = new AbortController();
  #slots: readonly Promise<void>[] = [];
  #taking: Promise<void> = Promise.resolve();
  #isCatchingUp = false;
  #halted: string | null = null;
  #isArchiveFailing = false;

  constructor(options: Partial<FollowerOptions>, dependencies: FollowerDependencies) {
    this.#options = { ...defaultFollowerOptions, ...options };
    this.#dependencies = dependencies;
    this.#book = new SourceBook(dependencies.sources, this.#options);
  }

  /** Why nothing is followed any more; null while it is. */
  get halted(): string | null {
    return this.#halted;
  }

  get isArchiveFailing(): boolean {
    return this.#isArchiveFailing;
  }

  get sources(): readonly SourceState[] {
    return this.#book.states();
  }

  /** Heights that the sources seem to be ahead. */
  get behind(): number {
    return Math.max(0, this.#book.claimedHeight() - this.#dependencies.chain.tip.header.height);
  }

  start(): void {
    const count = Math.min(this.#options.slots, this.#dependencies.sources.length);
    this.#slots = Array.from({ length: count }, (_, slot) => this.#run(slot));
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#slots);
    await this.#taking;
  }

  get #isOver(): boolean {
    return this.#stopping.signal.aborted || this.#halted !== null;
  }

  async #run(slot: number): Promise<void> {
    while (!this.#isOver) {
      // Far behind, two would fetch the same blocks twice.
      const source = slot > 0 && this.#isCatchingUp ? null : this.#book.take(Date.now(), slot === 0 ? 'best' : 'turn');
      if (source === null) {
        await this.#sleep(Math.max(this.#options.emptyMsMin, this.#book.nextFreeMs(Date.now()) - Date.now()));
        continue;
      }
      try {
        await this.#poll(source);
      } finally {
        this.#book.release(source);
      }
    }
  }

  async #poll(source: BlockSource): Promise<void> {
    const { blocksPerAnswer, bytesPerAnswer, waitMs, answerTimeoutMs } = this.#options;
    const from = this.#dependencies.chain.nextHeight;
    try {
      const { blocks, claimedHeight } = await source.fetchBlocks({
        from,
        limit: blocksPerAnswer,
        bytesMax: bytesPerAnswer,
        waitMs,
        timeoutMs: answerTimeoutMs,
        signal: this.#stopping.signal,
      });
      if (this.#isOver) return;
      const isUseful = await this.#exclusively(() => this.#take(source, from, blocks));
      if (isUseful !== null) this.#book.answered(source, Date.now(), { isUseful, claimed: claimedHeight });
      if (isUseful) this.#isCatchingUp = this.behind > blocksPerAnswer / 2;
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      if (!(error instanceof CairnError)) throw error;
      this.#book.failed(source, Date.now(), error.code);
      const isOurs = error.code === 'AGGREGATOR_WORKER_INVALID';
      this.#tell(
        isOurs ? { kind: 'verifier-failed', error } : { kind: 'unreachable', source: source.name, code: error.code },
      );
    }
  }

  /** One answer is taken at a time: the chain has one tip. */
  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#taking.then(work);
    this.#taking = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }

  /** @returns whether any block was new; null when the source lied or we halted. */
  async #take(source: BlockSource, from: number, blocks: readonly SyncBlock[]): Promise<boolean | null> {
    const known = Math.min(blocks.length, this.#dependencies.chain.nextHeight - from);
    if (known > 0) this.#tell({ kind: 'known', count: known, source: source.name });
    const fresh = blocks.slice(known);
    // All are checked at once in the threads while we execute one after the other.
    const faults = fresh.map((block) => this.#dependencies.verifier.verify(block));
    for (const fault of faults) fault.catch(() => {});
    let commits: Commit[] = [];
    let refusal: { readonly height: number; readonly result: Exclude<FollowResult, { kind: 'committed' }> } | null =
      null;
    for (const [i, block] of fresh.entries()) {
      if (this.#isOver) break;
      const height = this.#dependencies.chain.nextHeight;
      const startedMs = performance.now();
      const fault = (await faults[i]) ?? null;
      const result: FollowResult = fault === null ? this.#follow(block) : { kind: 'refused', fault };
      if (result.kind !== 'committed') {
        refusal = { height, result };
        break;
      }
      this.#tell({ kind: 'verified', height, durationMs: performance.now() - startedMs });
      commits.push(result.commit);
      if (commits.length < COMMITS_PER_APPEND) continue;
      await this.#append(commits, source);
      commits = [];
      // the API has its turn between blocks
      await turn();
    }
    await this.#append(commits, source);
    if (refusal !== null) this.#refuse(source, refusal.height, refusal.result);
    return refusal === null ? fresh.length > 0 : null;
  }

  #follow(block: SyncBlock): FollowResult {
    const { chain } = this.#dependencies;
    const certified = decodeCertifiedBlock(block.certified);
    const batches = block.batches.map((bytes) => toPoolBatch(decodeBatch(bytes), chain.networkId));
    return followCertified(chain, { certified, batches }, verifySignature);
  }

  #refuse(source: BlockSource, height: number, result: Exclude<FollowResult, { kind: 'committed' }>): void {
    const { fault } = result;
    if (result.kind === 'refused') {
      this.#book.lied(source, Date.now(), fault);
      this.#tell({ kind: 'invalid', source: source.name, height, fault });
      return;
    }
    // It never repairs itself (protocol section 5.7): what is archived goes on being served.
    this.#halted = `height ${height}: ${fault}`;
    this.#tell({ kind: 'diverged', height, fault });
  }

  /** The chain in memory has these blocks already, so they are written before anything else is taken. */
  async #append(commits: readonly Commit[], source: BlockSource): Promise<void> {
    if (commits.length === 0) return;
    const { archiveRetryMs } = this.#options;
    for (;;) {
      try {
        this.#dependencies.append(commits);
        this.#isArchiveFailing = false;
        this.#tell({ kind: 'followed', commits, source: source.name });
        return;
      } catch (error) {
        this.#isArchiveFailing = true;
        this.#tell({ kind: 'archive-failed', error, retryInMs: archiveRetryMs });
      }
      // Not written: a restart takes them from the sources again.
      if (this.#stopping.signal.aborted) return;
      await this.#sleep(archiveRetryMs);
    }
  }

  #tell(event: FollowerEvent): void {
    this.#dependencies.onEvent(event);
  }

  async #sleep(delayMs: number): Promise<void> {
    // rejects when we are stopping: then there is nothing to wait for
    await sleep(delayMs, undefined, { signal: this.#stopping.signal }).catch(() => {});
  }
}
