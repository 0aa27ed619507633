import type { SignerRequest } from '@cairn/consensus';
import type { MemberIndex, UnixMs } from '@cairn/primitives';
import type { JournalEntry, Replica, Step, TimerName, WorkRequest } from '@cairn/replica';
import type { CommitNotice, CorePosition, CoreReport } from '../threads/thread-messages.ts';
import { CommitNotices } from './commit-notices.ts';
import { CoreTimers } from './core-timers.ts';
import { authenticated, type UntimedInput } from './inbox.ts';
import type { Outbox } from './outbox.ts';
import type { PeerMessages } from './peer-messages.ts';
import { Turn } from './turn.ts';

export interface ReplicaHostDependencies {
  readonly replica: Replica;
  readonly self: MemberIndex;
  /** Why it was halted before this start. */
  readonly haltReason: string | null;
  /** Of the snapshot that the store began with; 0: none. */
  readonly baseHeight: number;
  readonly peers: PeerMessages;
  readonly append: (entries: readonly JournalEntry[]) => void;
  readonly outbox: Outbox;
  readonly now: () => UnixMs;
  /** Runs soon, after what has arrived meanwhile was taken in. */
  readonly soon: (task: () => void) => void;
  readonly toSigner: (request: SignerRequest) => void;
  /** How long each block took that was executed since this was last asked. */
  readonly takeExecutionSeconds: () => readonly number[];
  readonly toMain: (report: CoreReport) => void;
  /** After a commit is durable. */
  readonly onCommits: (commits: Step['commits']) => void;
}

/** Inputs of one turn: they share one durable write. */
const TURN_INPUTS_MAX = 256;
/** Beyond this, messages of peers are left out: the protocol sends them again. */
const WAITING_INPUTS_MAX = 16_384;

/**
 * Carries out the replica's steps. All inputs that wait are taken in one turn, whose journal is written at once; only
 * then anything leaves. An error of the write is not caught: nothing may be sent that is not durable.
 */
export class ReplicaHost {
  readonly #dependencies: ReplicaHostDependencies;
  readonly #timers: CoreTimers;
  readonly #notices: CommitNotices;
  #inputs: UntimedInput[] = [];
  #isScheduled = false;
  /** Before it has started, inputs wait. */
  #isStarted = false;
  #isStopped = false;
  #dropped = 0;
  #haltReason: string | null;

  constructor(dependencies: ReplicaHostDependencies) {
    this.#dependencies = dependencies;
    this.#haltReason = dependencies.haltReason;
    this.#timers = new CoreTimers({ fire: (timer: TimerName) => this.push({ kind: 'timer', timer }) });
    this.#notices = new CommitNotices({ now: dependencies.now });
  }

  /** What a restart owes the world. */
  start(): void {
    this.#isStarted = true;
    const turn = new Turn();
    this.#absorb(turn, this.#dependencies.replica.start(this.#dependencies.now()));
    this.#finish(turn);
    this.#schedule();
  }

  push(input: UntimedInput): void {
    const isOfPeer = input.kind === 'message' || input.kind === 'batch' || input.kind === 'block';
    if (isOfPeer && this.#inputs.length >= WAITING_INPUTS_MAX) {
      this.#dropped += 1;
      return;
    }
    this.#inputs.push(input);
    this.#schedule();
  }

  /** Takes what has arrived, writes it, and takes nothing more. */
  stop(): void {
    this.#timers.stop();
    this.#turn();
    this.#timers.stop();
    this.#isStopped = true;
  }

  get position(): CorePosition {
    const { replica } = this.#dependencies;
    const { header } = replica.chain.tip;
    return {
      height: replica.height,
      view: replica.view,
      epoch: replica.chain.nextEpoch,
      time: header.time,
      isHalted: replica.isHalted,
      haltReason: this.#haltReason,
      baseHeight: this.#dependencies.baseHeight,
      pendingItems: replica.load.items,
      poolBatches: replica.load.batches,
      devices: replica.chain.state.deviceFeeds.size,
      openWindows: [...replica.chain.state.feeds.values()].reduce((sum, { windowCount }) => sum + windowCount, 0),
      nonces: replica.load.nonces,
      seenHeight: this.#dependencies.peers.certifiedHeight,
      peerHeights: this.#dependencies.peers.heights(),
    };
  }

  #schedule(): void {
    if (this.#isScheduled || !this.#isStarted || this.#isStopped || this.#inputs.length === 0) return;
    this.#isScheduled = true;
    this.#dependencies.soon(() => {
      this.#isScheduled = false;
      if (!this.#isStopped) this.#turn();
      this.#schedule();
    });
  }

  #turn(): void {
    if (this.#inputs.length === 0 || !this.#isStarted) return;
    const turn = new Turn();
    const startedAt = performance.now();
    let taken = 0;
    // Own messages come back in the same turn: what they cause is written together with what caused them.
    for (; taken < this.#inputs.length && taken < TURN_INPUTS_MAX; taken++) {
      const input = this.#inputs[taken] as UntimedInput;
      this.#absorb(turn, this.#dependencies.replica.step({ ...input, atMs: this.#dependencies.now() }));
    }
    this.#inputs = this.#inputs.slice(taken);
    turn.inputs = taken;
    turn.stepSeconds = (performance.now() - startedAt) / 1000;
    this.#finish(turn);
  }

  #absorb(turn: Turn, step: Step): void {
    turn.journal.push(...step.journal);
    turn.answers.push(...step.answers);
    for (const outbound of step.send) {
      const { sending, own } = this.#dependencies.outbox.prepare(outbound);
      if (sending !== null) turn.sendings.push(sending);
      if (own !== null)
        this.#inputs.push({ kind: 'message', from: this.#dependencies.self, message: authenticated(own) });
    }
    for (const command of step.timers) turn.timers.set(command.timer, command);
    for (const request of step.work) this.#takeWork(turn, request);
    turn.commits.push(...step.commits);
    turn.events.push(...step.events);
    for (const event of step.events) if (event.kind === 'halted') this.#haltReason = event.reason;
  }

  #takeWork(turn: Turn, request: WorkRequest): void {
    const { outbox } = this.#dependencies;
    switch (request.kind) {
      case 'seal-batch': {
        const batch = outbox.sealBatch(request.body);
        turn.packed.push({ items: batch.items.length, bytes: batch.bytes.length });
        this.#inputs.push({ kind: 'work-done', result: { kind: 'batch-sealed', batch } });
        return;
      }
      case 'seal-credits': {
        const credits = outbox.sealCredits(request);
        this.#inputs.push({ kind: 'work-done', result: { kind: 'credits-sealed', credits } });
        return;
      }
      default:
        turn.work.push(request);
    }
  }

  /** In the order of the contract: journal; answers and sends; timers; work; commits; events. */
  #finish(turn: Turn): void {
    const { append, toMain, toSigner, onCommits, takeExecutionSeconds } = this.#dependencies;
    const appendSeconds = turn.journal.length === 0 ? null : timed(() => append(turn.journal));
    this.#notices.acknowledged(turn.answers);
    toMain({
      kind: 'turn',
      answers: turn.answers,
      sendings: turn.sendings,
      commits: turn.commits.map((commit): CommitNotice => this.#notices.of(commit)),
      events: turn.events,
      position: this.position,
      packed: turn.packed,
      inputs: turn.inputs,
      dropped: this.#dropped,
      stepSeconds: turn.stepSeconds,
      executionSeconds: takeExecutionSeconds(),
      appendSeconds,
    });
    this.#dropped = 0;
    for (const command of turn.timers.values()) this.#timers.apply(command);
    for (const request of turn.work) toSigner(request);
    if (turn.commits.length > 0) onCommits(turn.commits);
  }
}

function timed(task: () => void): number {
  const startedAt = performance.now();
  task();
  return (performance.now() - startedAt) / 1000;
}
