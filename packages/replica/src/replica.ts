import { Agreement, type AgreementEffect, EMPTY_VOTING_RECORD, type ForkRule } from '@cairn/consensus';
import { nextDue } from '@cairn/ledger';
import type { Authenticated, Hash, MemberIndex, PublicKey, Signature, UnixMs } from '@cairn/primitives';
import {
  type AgreementMessage,
  BATCH_LIFETIME_HEIGHTS,
  type Batch,
  BLOCK_TIME_TOLERANCE_MS,
  type Block,
  type CertifiedBlock,
  type Genesis,
  MISSING_BATCHES_MAX,
} from '@cairn/protocol';
import { Accuser } from './accuser.ts';
import { BatchPool, type PoolBatch, toPoolBatch } from './batch-pool.ts';
import { BlockDesk, type BlockWait, type Measure, votersOf } from './block-desk.ts';
import { CatchUp } from './catch-up.ts';
import type { Chain, ExecutedBlock } from './chain.ts';
import { Creditor } from './creditor.ts';
import { commitCertified } from './follow-certified.ts';
import { Gateway } from './gateway.ts';
import { chainFrom } from './restore-chain.ts';
import type { Input, RestoredReplica, Step, TimerName } from './step.ts';
import { StepDraft } from './step-draft.ts';
import { isTimely, verdictOf } from './verdict.ts';

export interface ReplicaOptions {
  readonly genesis: Genesis;
  readonly self: MemberIndex;
  /** Own intake is packed this often, or when a batch is full. */
  readonly packIntervalMs: number;
  /** Only the simulator takes rules out. */
  readonly without?: ReadonlySet<ForkRule>;
}

export interface ReplicaDependencies {
  /** The house's Ed25519 rule; a toy in the simulator's volume runs. */
  readonly verifyGroupSignature: (groupKey: PublicKey, text: Uint8Array, signature: Signature) => boolean;
  readonly measure?: Measure;
}

/** One member's brain: composes agreement, ledger, batches and catching up into a single `step`. */
export class Replica {
  readonly chain: Chain;
  readonly #options: ReplicaOptions;
  readonly #dependencies: ReplicaDependencies;
  readonly #pool = new BatchPool();
  readonly #draft = new StepDraft();
  readonly #gateway: Gateway;
  readonly #desk: BlockDesk;
  readonly #accuser: Accuser;
  readonly #creditor: Creditor;
  readonly #catchUp: CatchUp;
  #agreement: Agreement;
  #atMs: UnixMs = 0;
  #halted: string | null;

  constructor(options: ReplicaOptions, restored: RestoredReplica | null, dependencies: ReplicaDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.chain = chainFrom(options.genesis, restored);
    const parts = { chain: this.chain, pool: this.#pool, draft: this.#draft };
    this.#gateway = new Gateway(options, parts);
    this.#desk = new BlockDesk(options.self, { ...parts, measure: dependencies.measure });
    this.#accuser = new Accuser({ ...parts, gateway: this.#gateway });
    this.#creditor = new Creditor(options, { ...parts, gateway: this.#gateway });
    this.#catchUp = new CatchUp({ self: options.self });
    this.#halted = restored?.halted ?? null;
    for (const batch of restored?.batches ?? []) {
      const decoded = this.#admissible(batch);
      if (decoded !== null) this.#pool.add(decoded);
    }
    if (restored !== null) this.#gateway.restore(restored);
    this.#agreement = this.#newAgreement(restored);
  }

  get height(): number {
    return this.chain.tip.header.height;
  }

  get view(): number {
    return this.#agreement.view;
  }

  get isHalted(): boolean {
    return this.#halted !== null;
  }

  /** Sizes of what grows with input, for checks of bounds and for metrics. */
  get load(): Readonly<Record<'batches' | 'items' | 'waitingBlocks' | 'buffered' | 'nonces', number>> {
    return {
      batches: this.#pool.size,
      items: this.#gateway.itemCount,
      waitingBlocks: this.#desk.waitingCount,
      buffered: this.#catchUp.size,
      nonces: this.#agreement.availableNonceCount,
    };
  }

  /** @returns a block of the height being agreed on, for members that ask for it by hash. */
  candidate(hash: Hash): Block | undefined {
    return this.#agreement.block(hash);
  }

  /** The first step after construction: what a restart owes the world. */
  start(atMs: UnixMs): Step {
    this.#atMs = atMs;
    this.#afterInput();
    return this.#draft.finish();
  }

  /** One turn of a member. Deterministic: equal state and input give an equal step. Never throws on peer input. */
  step(input: Input): Step {
    this.#atMs = input.atMs;
    switch (input.kind) {
      case 'message':
        this.#onMessage(input.message, input.from);
        break;
      case 'batch':
        this.#onBatch(input.batch);
        break;
      case 'evidence':
        this.#accuser.accuse(input.evidence);
        break;
      case 'items':
        this.#gateway.onItems(input.request, input.items, { atMs: this.#atMs, isHalted: this.isHalted });
        break;
      case 'timer':
        this.#onTimer(input.timer);
        break;
      case 'work-done':
        if (input.result.kind === 'batch-sealed') this.#addBatch(this.#gateway.onSealed(input.result.batch));
        else if (this.isHalted) break;
        else if (input.result.kind === 'credits-sealed') this.#creditor.onSealed(input.result.credits);
        else this.#agreement.onSignerResult(input.result, this.#atMs);
        break;
      case 'peer-connected':
        this.#onPeerConnected(input.member);
        break;
      case 'block':
        if (!this.isHalted) this.#agreement.onBlock(input.block);
        break;
    }
    this.#afterInput();
    return this.#draft.finish();
  }

  #onPeerConnected(member: MemberIndex): void {
    if (!this.isHalted) this.#agreement.onPeerConnected(member);
    // It may have gone on without us: what it has above our tip, it sends.
    this.#catchUp.probe(member);
  }

  // --- messages

  #onMessage(message: Authenticated<AgreementMessage>, from: MemberIndex | null): void {
    if (message.kind === 'certified-block') return this.#onCertified(message.certified, from);
    if (this.isHalted) return;
    const { height } = message;
    if (height < this.chain.nextHeight) {
      // A message for an earlier height is answered with that height's certified block (the host limits the rate).
      // Votes and shares of the tip that come after its certificate are ordinary: their sender will hear of it anyway.
      const isLate = height === this.height && (message.kind === 'prepare-vote' || message.kind === 'signature-share');
      if (message.member !== this.#options.self && height > 0 && !isLate)
        this.#draft.send({ kind: 'send-certified', to: message.member, height });
      return;
    }
    if (height > this.chain.nextHeight) {
      // One for a later height makes the node ask.
      this.#catchUp.keep(message, this.chain.nextHeight);
      this.#catchUp.see(height - 1, message.member);
      return;
    }
    if (message.kind === 'timeout-vote') this.#desk.noteLacking(message);
    this.#agreement.onMessage(message, this.#atMs);
  }

  #onCertified(certified: CertifiedBlock, from: MemberIndex | null): void {
    const { height } = certified.block.header;
    if (height < this.chain.nextHeight || this.isHalted) return;
    if (height > this.chain.nextHeight) return this.#catchUp.see(height, from);
    const fault = this.chain.linkFault(certified.block);
    const text = fault === null ? this.chain.checkpointTextOf(certified.block) : null;
    const { groupKey } = this.chain.committee;
    const isSigned = text !== null && this.#dependencies.verifyGroupSignature(groupKey, text, certified.groupSignature);
    if (!isSigned) {
      const reason = fault ?? 'its group signature does not verify';
      this.#draft.event({ kind: 'refused', message: 'certified-block', reason, member: from });
      return;
    }
    this.#desk.certified = certified;
    this.#tryCertified();
  }

  /** Executes and commits the certified block of the next height, once its batches are here. */
  #tryCertified(): void {
    const { certified } = this.#desk;
    if (certified === null || this.isHalted) return;
    const result = this.#desk.execute(certified.block, votersOf(certified));
    // A node whose execution of a certified block gives another header stops: it never repairs itself.
    if (result.kind === 'fault') this.#halt(certified.block.header.height, result.fault);
    if (result.kind === 'executed') this.#commit(result.executed, certified);
  }

  #halt(height: number, reason: string): void {
    this.#halted = reason;
    this.#draft.journal({ kind: 'halted', height, reason });
    this.#draft.event({ kind: 'halted', height, reason });
  }

  #commit(executed: ExecutedBlock, certified: CertifiedBlock): void {
    const { header } = executed.block;
    const commit = commitCertified(this.chain, executed, certified);
    this.#draft.journal({ kind: 'certified', commit });
    this.#draft.commit(commit);
    this.#draft.event({
      kind: 'certified',
      height: header.height,
      view: certified.certificate.view,
      voters: votersOf(certified),
      reports: commit.acceptedReports.length,
      durationMs: Math.max(0, this.#atMs - header.time),
    });
    this.#draft.work({ kind: 'destroy-nonces', height: header.height + 1, view: -1 });
    this.#creditor.onCommit(commit);
    this.#forgetBatches(executed);
    this.#nextHeight();
  }

  #forgetBatches(executed: ExecutedBlock): void {
    for (const { id } of executed.batches) {
      this.#pool.remove(id);
      this.#gateway.onIncluded(id);
    }
    for (const batch of [...this.#pool.values()]) {
      if (this.chain.batchUse(batch) !== 'expired') continue;
      this.#pool.remove(batch.id);
      this.#gateway.onExpired(batch.id);
    }
  }

  #nextHeight(): void {
    this.#desk.clear();
    for (const timer of ['view', 'resend', 'session', 'propose'] as const) this.#draft.cancelTimer(timer);
    this.#agreement = this.#newAgreement(null);
    this.#carryOut();
    for (const message of this.#catchUp.release(this.chain.nextHeight)) this.#onMessage(message, message.member);
  }

  // --- batches

  #onBatch(batch: Authenticated<Batch>): void {
    this.#accuser.onBatch(batch);
    const decoded = this.#admissible(batch);
    if (decoded === null) return;
    const isWanted = this.#desk.missing().has(batch.id);
    if (!isWanted && !this.#pool.hasRoomFor(decoded)) return;
    this.#draft.journal({ kind: 'batch', batch, items: [] });
    this.#addBatch(decoded);
  }

  #admissible(batch: Batch): PoolBatch | null {
    if (this.#pool.get(batch.id) !== undefined) return null;
    const decoded = toPoolBatch(batch, this.chain.networkId);
    const use = this.chain.batchUse(decoded);
    // A base far above this height is of no use to anyone for long: it would only sit in the pool.
    const isSoon = use === 'too-early' && decoded.baseHeight <= this.height + BATCH_LIFETIME_HEIGHTS;
    return use === 'ok' || isSoon ? decoded : null;
  }

  #addBatch(decoded: PoolBatch): void {
    this.#pool.add(decoded);
    for (const wait of this.#desk.takeReady()) this.#validate(wait);
    const { certified } = this.#desk;
    if (certified !== null && this.#desk.hasBatchesOf(certified.block)) this.#tryCertified();
  }

  // --- validating blocks

  #validate(wait: BlockWait): void {
    const result = this.#desk.execute(wait.block, [wait.proposer]);
    if (result.kind === 'waiting') return this.#desk.wait(wait);
    const { view } = this.#agreement;
    const { parameters } = this.chain.genesis;
    const isInTime = isTimely(wait.block, { atMs: this.#atMs, view, parameters });
    this.#agreement.onValidated(wait.hash, verdictOf(result, isInTime));
  }

  // --- time

  #onTimer(timer: TimerName): void {
    switch (timer) {
      case 'view':
      case 'resend':
      case 'session':
        if (!this.isHalted) this.#agreement.onTimer(timer, this.#atMs);
        return;
      case 'pack':
        if (!this.isHalted) this.#gateway.onPackTimer();
        return;
      case 'fetch':
        this.#desk.fetchAgain();
        this.#catchUp.retry();
        return;
      case 'propose':
      case 'due':
        return;
    }
  }

  /** What every input may have made possible: agree, propose, catch up. */
  #afterInput(): void {
    if (!this.isHalted) {
      this.#agreement.missingBatches = [...this.#desk.missing()].slice(0, MISSING_BATCHES_MAX);
      this.#carryOut();
      this.#lookForWork();
      this.#carryOut();
    }
    this.#catchUp.carryOn({ height: this.height, atMs: this.#atMs }, this.#draft);
  }

  /** There is something to agree on when a valid batch is not yet in the chain, or a window is due (5.3). */
  #lookForWork(): void {
    const due = nextDue(this.chain.state);
    const isDue = due !== null && due.atMs <= this.#atMs;
    const hasWork = isDue || this.#pool.some((batch) => this.chain.batchUse(batch) === 'ok');
    if (hasWork) this.#agreement.onWork();
    else if (due !== null) this.#draft.setTimer('due', due.atMs - this.#atMs);
    const wanted = this.#agreement.wantsFreshBlock();
    if (wanted === null || (wanted.view === 0 && !hasWork)) return;
    const parentTime = this.chain.tip.header.time;
    const waitMs = wanted.view === 0 ? parentTime + this.chain.genesis.parameters.blockIntervalMs - this.#atMs : 0;
    // A parent's time may lie ahead of this clock, but never by more than the tolerance.
    if (waitMs > 0 && waitMs <= this.chain.genesis.parameters.blockIntervalMs + BLOCK_TIME_TOLERANCE_MS) {
      return this.#draft.setTimer('propose', waitMs);
    }
    const batches = wanted.isEmpty
      ? []
      : this.#pool.select((batch) => !wanted.leftOut.has(batch.id) && this.chain.batchUse(batch) === 'ok');
    const time = Math.max(this.#atMs, parentTime + 1);
    this.#agreement.propose(this.#desk.build(batches, { leader: this.#options.self, time }).block);
  }

  // --- agreement

  #newAgreement(restored: RestoredReplica | null): Agreement {
    const { quorum, nextHeight, nextEpoch } = this.chain;
    const options = {
      self: this.#options.self,
      quorum,
      epoch: nextEpoch,
      height: nextHeight,
      timing: this.chain.genesis.parameters,
      leaderOf: (view: number) => this.chain.leaderOf(view),
      ...(this.#options.without ? { without: this.#options.without } : {}),
    };
    return new Agreement(options, restored?.voting ?? EMPTY_VOTING_RECORD);
  }

  /** Takes the agreement's effects into this step, until it has no more. */
  #carryOut(): void {
    for (let effects = this.#agreement.drain(); effects.length > 0; effects = this.#agreement.drain()) {
      const agreement = this.#agreement;
      for (const effect of effects) {
        this.#carryOutOne(effect);
        // The height was certified meanwhile: what else this instance asked for is void.
        if (this.#agreement !== agreement) break;
      }
    }
  }

  #carryOutOne(effect: AgreementEffect): void {
    const { height } = this.#agreement;
    switch (effect.kind) {
      case 'journal':
        return this.#draft.journal(effect.entry);
      case 'send':
        if (effect.message.kind === 'prepare-vote') this.#creditor.onVote(effect.message);
        return this.#draft.send({ kind: 'agreement', to: effect.to, message: effect.message });
      case 'gossip':
        return this.#draft.send({ kind: 'gossip', message: effect.message });
      case 'set-timer':
        return this.#draft.setTimer(effect.timer, effect.delayMs);
      case 'cancel-timer':
        return this.#draft.cancelTimer(effect.timer);
      case 'work':
        return this.#draft.work(effect.request);
      case 'sign':
      case 'aggregate': {
        const { block, ...request } = effect;
        return this.#draft.work({ ...request, text: this.chain.checkpointTextOf(block) });
      }
      case 'validate':
        return this.#validate(effect);
      case 'need-block':
        return this.#draft.send({ kind: 'fetch-block', from: effect.from, height, hash: effect.hash });
      case 'certified': {
        const { certified } = effect;
        this.#draft.send({ kind: 'gossip', message: { kind: 'certified-block', certified } });
        return this.#onCertified(certified, this.#options.self);
      }
      case 'accuse':
        return this.#accuser.accuse(effect.evidence);
      case 'accuse-share':
        return this.#accuser.accuseShare(effect.block.header, effect.request, effect.share);
      case 'event':
        return this.#draft.event(effect.event);
    }
  }
}
