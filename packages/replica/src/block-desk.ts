import type { Hash, MemberIndex } from '@cairn/primitives';
import { type Block, blockHash, type CertifiedBlock, type TimeoutVote } from '@cairn/protocol';
import type { BatchPool, PoolBatch } from './batch-pool.ts';
import type { Chain, ExecutedBlock } from './chain.ts';
import type { StepDraft } from './step-draft.ts';

const NOTHING_MISSING: ReadonlySet<Hash> = new Set();

/** A candidate that waits for batches. */
export interface BlockWait {
  readonly hash: Hash;
  readonly block: Block;
  readonly proposer: MemberIndex;
}

/** `waiting`: some of its batches were asked for. */
export type Execution =
  | { readonly kind: 'executed'; readonly executed: ExecutedBlock }
  | { readonly kind: 'waiting' }
  | { readonly kind: 'fault'; readonly fault: string };

/** Runs an execution once, between two looks at a clock: the replica has none. */
export type Measure = <T>(execute: () => T) => T;

/** An honest height has one candidate, a Byzantine leader adds one a view: more than this are forgotten, oldest first. */
const EXECUTED_MAX = 32;
const WAITING_MAX = 16;
const NOTICED_MAX = 64;
const FETCH_RETRY_MS = 250;
/** A batch that a proposal names was sent to us before it: mostly it is being verified, and asking would bring it twice. */
const FETCH_GRACE_MS = 50;

/** Candidates of the height being agreed on: executes them when their batches are here, and asks for what is missing. */
export class BlockDesk {
  readonly #self: MemberIndex;
  readonly #chain: Chain;
  readonly #pool: BatchPool;
  readonly #draft: StepDraft;
  readonly #measure: Measure;
  readonly #executed = new Map<Hash, ExecutedBlock>();
  readonly #waiting = new Map<Hash, BlockWait>();
  /** Blocks whose missing batches were waited for once. */
  readonly #noticed = new Set<Hash>();
  /** What members said in their last TimeoutVote that they wait for themselves. */
  readonly #lacking = new Map<MemberIndex, ReadonlySet<Hash>>();
  /** The certified block of this height, while its batches are not all here. */
  certified: CertifiedBlock | null = null;

  constructor(
    self: MemberIndex,
    dependencies: {
      readonly chain: Chain;
      readonly pool: BatchPool;
      readonly draft: StepDraft;
      readonly measure?: Measure | undefined;
    },
  ) {
    this.#self = self;
    this.#chain = dependencies.chain;
    this.#pool = dependencies.pool;
    this.#draft = dependencies.draft;
    this.#measure = dependencies.measure ?? ((execute) => execute());
  }

  get waitingCount(): number {
    return this.#waiting.size;
  }

  get(hash: Hash): ExecutedBlock | undefined {
    return this.#executed.get(hash);
  }

  /** The block that this member proposes of these batches; kept. */
  build(...of: Parameters<Chain['build']>): ExecutedBlock {
    const executed = this.#measure(() => this.#chain.build(...of));
    this.#keep(executed);
    return executed;
  }

  #keep(executed: ExecutedBlock): void {
    if (this.#executed.size >= EXECUTED_MAX) this.#executed.delete(this.#executed.keys().next().value as Hash);
    this.#executed.set(executed.hash, executed);
  }

  /** Another height: its candidates are others. */
  clear(): void {
    this.#executed.clear();
    this.#waiting.clear();
    this.#noticed.clear();
    this.#lacking.clear();
    this.certified = null;
  }

  /** Executes a block whose batches are all here. @param sources members asked first for those that are not. */
  execute(block: Block, sources: readonly MemberIndex[]): Execution {
    const known = this.#executed.get(blockHash(block));
    if (known !== undefined) return { kind: 'executed', executed: known };
    const linkFault = this.#chain.linkFault(block);
    if (linkFault !== null) return { kind: 'fault', fault: linkFault };
    const batches = this.#batchesOf(block);
    if (batches === null) {
      this.#notice(block, sources);
      return { kind: 'waiting' };
    }
    const result = this.#measure(() => this.#chain.check(block, batches));
    if (!result.ok) return { kind: 'fault', fault: result.fault };
    this.#keep(result.executed);
    return { kind: 'executed', executed: result.executed };
  }

  hasBatchesOf(block: Block): boolean {
    return this.#batchesOf(block) !== null;
  }

  wait(wait: BlockWait): void {
    if (this.#waiting.size < WAITING_MAX) this.#waiting.set(wait.hash, wait);
  }

  /** @returns candidates whose batches are all here by now; they wait no more. */
  takeReady(): readonly BlockWait[] {
    if (this.#waiting.size === 0) return [];
    const ready = [...this.#waiting.values()].filter(({ block }) => this.hasBatchesOf(block));
    for (const { hash } of ready) this.#waiting.delete(hash);
    return ready;
  }

  /** Batches that candidates name and that are not here. */
  missing(): ReadonlySet<Hash> {
    if (this.#waiting.size === 0 && this.certified === null) return NOTHING_MISSING;
    const blocks = [...this.#waiting.values()].map(({ block }) => block);
    if (this.certified !== null) blocks.push(this.certified.block);
    return new Set(blocks.flatMap((block) => block.batchIds.filter((id) => this.#pool.get(id) === undefined)));
  }

  /** "A TimeoutVote names the batches that its sender waits for" (5.3): whoever says so is asked for them last. */
  noteLacking({ member, missingBatches }: Pick<TimeoutVote, 'member' | 'missingBatches'>): void {
    this.#lacking.set(member, new Set(missingBatches));
  }

  /** Asks again, and others. */
  fetchAgain(): void {
    for (const { block, proposer } of this.#waiting.values()) this.#fetch(block, [proposer]);
    if (this.certified !== null) this.#fetch(this.certified.block, votersOf(this.certified));
  }

  /** The first time it is only waited for a moment; `fetchAgain` asks. */
  #notice(block: Block, sources: readonly MemberIndex[]): void {
    const hash = blockHash(block);
    if (this.#noticed.has(hash) || this.#noticed.size >= NOTICED_MAX) return this.#fetch(block, sources);
    this.#noticed.add(hash);
    this.#draft.setTimer('fetch', FETCH_GRACE_MS);
  }

  /** Asks the proposer first, then others in turn. */
  #fetch(block: Block, first: readonly MemberIndex[]): void {
    const ids = block.batchIds.filter((id) => this.#pool.get(id) === undefined);
    const members = this.#chain.committee.members.map(({ index }) => index);
    const all = [...new Set([...first, ...members])].filter((member) => member !== this.#self);
    const lacks = (member: MemberIndex) => ids.some((id) => this.#lacking.get(member)?.has(id));
    // The list is unsigned: it may put a member last, never leave it out.
    const from = [...all.filter((member) => !lacks(member)), ...all.filter(lacks)];
    if (ids.length > 0) this.#draft.send({ kind: 'fetch-batches', from, ids });
    this.#draft.setTimer('fetch', FETCH_RETRY_MS);
  }

  #batchesOf(block: Block): readonly PoolBatch[] | null {
    const batches = block.batchIds.map((id) => this.#pool.get(id));
    return batches.every((batch) => batch !== undefined) ? (batches as PoolBatch[]) : null;
  }
}

/** They had its batches on disk when they voted. */
export function votersOf({ certificate }: CertifiedBlock): readonly MemberIndex[] {
  return certificate.votes.map(({ member }) => member);
}
