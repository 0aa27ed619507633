import { fromBase64, type Rng } from '@cairn/primitives';
import { checkpointText, decodeCheckpointNote } from '@cairn/protocol';
import type { Commit } from '@cairn/replica';
import {
  type AnchorCheckpoint,
  type AnchorCommand,
  type AnchorInput,
  AnchorMachine,
  type AnchorRecord,
  defaultAnchorOptions,
} from '@cairn/solana/anchor-machine';
import type { ChainFault } from './fault.ts';
import { encodeTransaction, VirtualChain } from './virtual-chain.ts';
import type { World } from './world.ts';

/** The virtual chain is a tenth as slow as a real one, and so is all that waits for it. */
const OPTIONS = {
  ...defaultAnchorOptions,
  intervalMs: 300,
  pollMs: 100,
  finalityPollMs: 200,
  resendMs: 150,
  backoffMsMin: 50,
  backoffMsMax: 400,
};
const ANSWER_MS = 20;
const SLOW_ANSWER_MS_MAX = 800;
const SLOW_LAG_MAX = 20;

type WithoutTime<T> = T extends unknown ? Omit<T, 'atMs'> : never;

/** An aggregator's anchors: the machine of production, its records on a disk that survives, and a chain that misbehaves. */
export class Anchoring {
  readonly chain: VirtualChain;
  /** What the store holds. */
  readonly records = new Map<string, AnchorRecord>();
  /** Asked before a record is saved; false: lost. For canaries. */
  keeps: (record: AnchorRecord) => boolean = () => true;
  /** For canaries. */
  memoOf: (checkpoint: AnchorCheckpoint) => string = ({ note }) => note;
  readonly counts = { 'anchors-begun': 0, 'anchors-answered-late': 0, 'anchors-unanswered': 0 };
  readonly #world: World;
  readonly #rng: Rng;
  readonly #faults = new Set<ChainFault>();
  #machine: AnchorMachine;
  #newest: AnchorCheckpoint | null = null;
  #life = 0;
  #wake = 0;

  constructor(world: World, rng: Rng) {
    this.#world = world;
    this.#rng = rng;
    this.chain = new VirtualChain(rng, world.startedMs);
    this.#machine = this.#start();
    world.onCommit.push((_, commit) => this.#offer(commit));
  }

  get nowMs(): number {
    return this.#world.nowMs;
  }

  begin(fault: ChainFault): void {
    this.#advance();
    if (fault.kind === 'chain-fork') this.chain.fork();
    else if (fault.kind === 'anchor-crash') this.#restart();
    else this.#faults.add(fault);
    this.#setPace();
  }

  end(fault: ChainFault): void {
    this.#advance();
    this.#faults.delete(fault);
    this.#setPace();
  }

  heal(): void {
    this.#advance();
    this.#faults.clear();
    this.#setPace();
  }

  #has(kind: ChainFault['kind']): boolean {
    for (const fault of this.#faults) if (fault.kind === kind) return true;
    return false;
  }

  #setPace(): void {
    this.chain.takes = this.#has('chain-slow') ? 0.05 : 0.7;
  }

  #advance(): void {
    this.chain.advanceTo(this.#world.nowMs);
  }

  #start(): AnchorMachine {
    this.#life += 1;
    return new AnchorMachine(OPTIONS, {
      records: [...this.records.values()],
      build: ({ checkpoint, blockhash, computeUnitPriceMicroLamports }) => {
        this.counts['anchors-begun'] += 1;
        const lastValidHeight = this.chain.lastValidHeightOf(blockhash);
        const id = `${checkpoint.treeSize} at ${blockhash} for ${computeUnitPriceMicroLamports}`;
        const bytes = encodeTransaction({ id, memo: this.memoOf(checkpoint), lastValidHeight });
        return { transaction: id, bytes };
      },
    });
  }

  /** Its memory is gone, its records are not; the newest checkpoint comes from the archive. */
  #restart(): void {
    this.#machine = this.#start();
    this.#feed({ kind: 'woken' });
    if (this.#newest !== null) this.#feed({ kind: 'checkpoint', checkpoint: this.#newest });
  }

  #offer(commit: Commit): void {
    if (commit.height + 1 <= (this.#newest?.treeSize ?? 0)) return;
    const { checkpoint, groupSignature } = decodeCheckpointNote(commit.note);
    const { groupKey } = this.#world.genesis;
    // As the aggregator does: junk is never paid for.
    if (!this.#world.scheme.verifySignature(groupKey, checkpointText(checkpoint), groupSignature)) return;
    this.#newest = { ...checkpoint, text: '', note: commit.note, groupKey, signature: groupSignature };
    this.#feed({ kind: 'checkpoint', checkpoint: this.#newest });
  }

  #feed(input: WithoutTime<AnchorInput>): void {
    this.#advance();
    const step = this.#machine.step({ ...input, atMs: this.#world.nowMs });
    for (const record of step.save) if (this.keeps(record)) this.records.set(record.transaction, record);
    const wake = ++this.#wake;
    if (step.wakeAtMs !== undefined) {
      const delayMs = Math.max(1, step.wakeAtMs - this.#world.nowMs);
      const isDue = () => wake === this.#wake;
      this.#later(() => isDue() && this.#feed({ kind: 'woken' }), delayMs, 'anchor wakes');
    }
    if (step.command !== undefined) this.#carryOut(step.command);
  }

  /** Nothing of this comes back to a process that has died since. */
  #later(run: () => void, delayMs: number, label: string): void {
    const life = this.#life;
    this.#world.call(() => life === this.#life && run(), delayMs, label);
  }

  #carryOut(command: AnchorCommand): void {
    const isDown = this.#has('chain-down');
    // What got no answer may have taken effect all the same.
    if (command.kind === 'send' && (!isDown || this.#rng.chance(0.5))) {
      this.chain.send(fromBase64(command.record.transactionBase64));
    }
    if (isDown) {
      this.counts['anchors-unanswered'] += 1;
      return this.#later(() => this.#feed({ kind: 'failed', code: 'SOLANA_RPC_TIMEOUT' }), ANSWER_MS, 'anchor fails');
    }
    const isSlow = this.#has('chain-slow');
    if (isSlow) this.counts['anchors-answered-late'] += 1;
    const delayMs = isSlow ? this.#rng.integer(ANSWER_MS, SLOW_ANSWER_MS_MAX) : ANSWER_MS;
    const answer = this.#answer(command, isSlow ? this.#rng.integer(0, SLOW_LAG_MAX) : 0);
    this.#later(() => this.#feed(answer()), delayMs, `anchor ${command.kind}`);
  }

  /** The head is read when it is asked, statuses when the answer comes: the order of the real client. */
  #answer(command: AnchorCommand, lag: number): () => WithoutTime<AnchorInput> {
    const { chain } = this;
    const { head, id } = chain;
    switch (command.kind) {
      case 'survey': {
        const recent = chain.recentBlockhash();
        const survey = { chain: id, balanceLamports: 1e9, recentPrice: 0, ...recent };
        return () => ({ kind: 'surveyed', survey });
      }
      case 'fund':
        return () => ({ kind: 'funded' });
      case 'send':
        return () => ({ kind: 'sent' });
      case 'check':
        return () => {
          this.#advance();
          const statuses = command.transactions.map((transaction) => chain.statusOf(transaction, lag));
          return { kind: 'checked', check: { chain: id, head, slot: chain.slotAsOf(lag), statuses } };
        };
    }
  }
}
