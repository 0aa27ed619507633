import { type Authenticated, assert, type Hash, type MemberIndex, type Quorum } from '@cairn/primitives';
import {
  type Block,
  blockHash,
  decodeBlock,
  type EntryCertificate,
  encodeBlock,
  isBlockWhole,
  type NonceRefusal,
  type Position,
  type PrepareCertificate,
  type PrepareVote,
  type Proposal,
  type SignatureShare,
  type SignRequest,
  type TimeoutCertificate,
  type TimeoutVote,
  type UnsignedMessage,
} from '@cairn/protocol';
import { accuse } from './accuse.ts';
import { BlockBook, type BlockVerdict } from './block-book.ts';
import type { AgreementEffect, AgreementTimer, SignerResult, VotingRecord } from './effects.ts';
import { EMPTY_FROM_VIEW, isFresh, proposalFault } from './judge-proposal.ts';
import type { AgreementOptions } from './options.ts';
import type { ForkRule } from './rules.ts';
import { ShareDesk } from './share-desk.ts';
import { TimeoutBook, timeoutVoteOf } from './timeout-book.ts';
import { RESEND_DELAY_MS_MAX, resendDelayMsMin, shareTimeoutMs, viewTimeoutOf } from './timing.ts';
import { ViewLeader } from './view-leader.ts';

type Message =
  | Authenticated<Proposal>
  | Authenticated<PrepareVote>
  | Authenticated<SignRequest>
  | Authenticated<SignatureShare>
  | Authenticated<NonceRefusal>
  | Authenticated<TimeoutVote>;

/**
 * Agreement on one block at one height: FROST's two rounds are the two phases of BFT (protocol section 5).
 * Deterministic; effects are collected and taken with `drain`. A new instance serves the next height.
 */
export class Agreement {
  readonly height: number;
  readonly #options: AgreementOptions;
  readonly #quorum: Quorum;
  #effects: AgreementEffect[] = [];

  #view = 0;
  #entry: EntryCertificate | null = null;
  /** Highest view for which a TimeoutVote was written; -1: none. */
  #timedOutView = -1;
  #timeoutVote: UnsignedMessage<TimeoutVote> | null = null;
  #prepared: { readonly view: number; readonly hash: Hash } | null = null;
  #high: PrepareCertificate | null = null;

  readonly #blocks = new BlockBook();
  /** The proposal of the current view, once its leader has sent one. */
  #proposal: Proposal | null = null;
  #isVoteDue = false;
  readonly #timeouts: TimeoutBook;
  readonly #desk: ShareDesk;

  readonly #ownProposals = new Map<number, Block>();
  #leader: ViewLeader | null = null;
  readonly #excluded = new Set<MemberIndex>();

  #isViewTimerArmed = false;
  #resendDelayMs: number;
  #wantedBlock: { readonly hash: Hash; readonly from: readonly MemberIndex[] } | null = null;
  missingBatches: readonly Hash[] = [];

  constructor(options: AgreementOptions, record: VotingRecord) {
    this.#options = options;
    this.#quorum = options.quorum;
    this.#timeouts = new TimeoutBook(options.quorum, resendDelayMsMin(options.timing));
    this.#desk = new ShareDesk(options.self);
    this.height = options.height;
    this.#resendDelayMs = resendDelayMsMin(options.timing);
    this.#restore(record);
    this.#requestCommitment();
    if (this.#view > 0 || this.#timedOutView >= 0) this.#armViewTimer();
  }

  get view(): number {
    return this.#view;
  }

  get availableNonceCount(): number {
    return this.#leader?.availableNonceCount ?? 0;
  }

  /** @returns effects in order since the last call. */
  drain(): readonly AgreementEffect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  /** @returns a block of this height by hash, for members that ask. */
  block(hash: Hash): Block | undefined {
    return this.#blocks.get(hash);
  }

  /** There is something to agree on: from now on a timer runs (5.3). */
  onWork(): void {
    if (!this.#isViewTimerArmed && this.#timedOutView < this.#view) this.#armViewTimer();
  }

  /**
   * Whether this member, as leader of its view, owes a fresh block.
   * @returns what the block must obey, or null. In view 0 the replica decides when there is something to agree on.
   */
  wantsFreshBlock(): { readonly view: number; readonly isEmpty: boolean; readonly leftOut: ReadonlySet<Hash> } | null {
    if (!this.#mayPropose() || this.#highOfEntry() !== null) return null;
    return { view: this.#view, isEmpty: this.#view >= EMPTY_FROM_VIEW, leftOut: this.#blocks.leftOut(this.#view) };
  }

  /** Proposes the fresh block that `wantsFreshBlock` asked for. The caller has executed it. */
  propose(block: Block): void {
    assert(this.wantsFreshBlock() !== null, 'a leader proposes once per view');
    assert(block.header.height === this.height, 'a proposal is for its height');
    this.#blocks.judge(this.#keep(block), { executes: true, isTimely: true, reason: null });
    this.#sendProposal(block);
  }

  onMessage(message: Message, atMs: number): void {
    assert(message.height === this.height && message.epoch === this.#options.epoch, 'one instance serves one height');
    switch (message.kind) {
      case 'proposal':
        return this.#onProposal(message);
      case 'prepare-vote':
        return this.#onPrepareVote(message, atMs);
      case 'sign-request':
        return this.#onSignRequest(message);
      case 'signature-share':
        if (message.view === this.#view) this.#leader?.onShare(message, atMs);
        return;
      case 'nonce-refusal':
        if (message.view === this.#view) this.#leader?.onRefusal(message, atMs);
        return;
      case 'timeout-vote':
        return this.#onTimeoutVote(message, atMs);
    }
  }

  onTimer(timer: AgreementTimer, atMs: number): void {
    switch (timer) {
      case 'view':
        this.#isViewTimerArmed = false;
        if (this.#timedOutView < this.#view) this.#sendTimeoutVote();
        return;
      case 'session':
        this.#leader?.onSessionTimer(atMs);
        return;
      case 'resend':
        this.#resend(null);
        this.#armResendTimer();
        return;
    }
  }

  /** A peer is reachable again: it may have missed anything. */
  onPeerConnected(member: MemberIndex): void {
    this.#resend(member);
  }

  onSignerResult(result: SignerResult, atMs: number): void {
    switch (result.kind) {
      case 'nonce':
        if (result.height !== this.height || result.view !== this.#view) return;
        this.#desk.commitment = { hiding: result.hiding, binding: result.binding };
        return this.#tryPrepare();
      case 'share':
        return this.#onShareReady(result);
      case 'unknown-nonce':
        return this.#onUnknownNonce(result);
      case 'aggregated': {
        const certified = this.#leader?.onAggregated(result.requestHash, result.signature);
        if (certified) this.#emit({ kind: 'certified', certified });
        return;
      }
      case 'culprits':
        this.#leader?.onCulprits(result.requestHash, result.members, atMs);
        return;
    }
  }

  /** The replica has executed a block that `validate` named. */
  onValidated(hash: Hash, verdict: BlockVerdict): void {
    this.#blocks.judge(hash, verdict);
    if (!verdict.executes) {
      this.#emit({
        kind: 'event',
        event: {
          kind: 'refused',
          message: 'block',
          reason: verdict.reason ?? 'invalid',
          member: this.#proposal?.member ?? null,
        },
      });
    }
    this.#tryPrepare();
    this.#trySign();
    this.#tryRepropose();
  }

  /** A block that `need-block` asked for. It is what its hash says; nothing else is believed of it. */
  onBlock(block: Block): void {
    const hash = blockHash(block);
    if (this.#wantedBlock?.hash !== hash || block.header.height !== this.height || !isBlockWhole(block)) return;
    this.#wantedBlock = null;
    this.#keep(block);
    this.#validate(hash, block.header.leader);
    this.#tryRepropose();
  }

  // --- proposals and votes (5.1)

  #onProposal(proposal: Proposal): void {
    if (proposal.view < this.#view) return;
    const fault = proposalFault(proposal, this.#options.leaderOf, this.#options.without);
    if (fault !== null) return this.#refuse('proposal', fault, proposal.member);
    const hash = blockHash(proposal.block);
    const timeout = proposal.timeoutCertificate;
    if (proposal.view > this.#view)
      this.#enterView(proposal.view, { kind: 'timeout', certificate: timeout as TimeoutCertificate });
    if (this.#proposal !== null) {
      this.#accuseLeader(this.#proposal, proposal);
      return;
    }
    this.#proposal = proposal;
    this.#blocks.rememberBatches(proposal.view, proposal.block.batchIds);
    this.#keep(proposal.block);
    this.onWork();
    this.#isVoteDue = true;
    this.#validate(hash, proposal.member);
    if (proposal.member === this.#options.self && this.#leader === null) this.#lead(proposal.block);
    this.#tryPrepare();
    this.#trySign();
  }

  #tryPrepare(): void {
    const proposal = this.#proposal;
    if (proposal === null || !this.#isVoteDue || this.#desk.commitment === null) return;
    // It is in that view and has sent no TimeoutVote for it or a later one.
    if (proposal.view !== this.#view || this.#hasTimedOut(this.#view)) return;
    const hash = blockHash(proposal.block);
    const verdict = this.#blocks.verdict(hash);
    if (verdict === undefined || verdict === 'pending' || !verdict.executes) return;
    if (isFresh(proposal) && !verdict.isTimely) return;
    // Its view is above every view in which it prepared at this height, or the same view and the same block.
    const prepared = this.#prepared;
    const isAllowed =
      prepared === null || prepared.view < this.#view || (prepared.view === this.#view && prepared.hash === hash);
    if (!isAllowed) return;
    if (prepared === null || prepared.view < this.#view) {
      this.#prepared = { view: this.#view, hash };
      const block = encodeBlock(proposal.block);
      this.#journal({ kind: 'prepared', height: this.height, view: this.#view, hash, block });
      this.#emit({ kind: 'event', event: { kind: 'prepared', height: this.height, view: this.#view } });
    }
    this.#isVoteDue = false;
    this.#sendPrepareVote([this.#options.leaderOf(this.#view)]);
    this.#armResendTimer();
  }

  #sendPrepareVote(to: readonly MemberIndex[]): void {
    const { self } = this.#options;
    const { commitment } = this.#desk;
    if (this.#prepared === null || commitment === null) return;
    this.#emit({
      kind: 'send',
      to,
      message: {
        kind: 'prepare-vote',
        ...this.#position(),
        member: self,
        blockHash: this.#prepared.hash,
        commitment: { member: self, ...commitment },
      },
    });
  }

  #onPrepareVote(vote: PrepareVote, atMs: number): void {
    if (vote.view === this.#view) this.#leader?.onPrepareVote(vote, atMs);
  }

  // --- leading

  #mayPropose(): boolean {
    return (
      this.#options.leaderOf(this.#view) === this.#options.self &&
      this.#leader === null &&
      !this.#ownProposals.has(this.#view) &&
      !this.#hasTimedOut(this.#view) &&
      (this.#view === 0 || this.#entry?.kind === 'timeout')
    );
  }

  #highOfEntry(): PrepareCertificate | null {
    return this.#entry?.kind === 'timeout' ? this.#entry.certificate.highCertificate : null;
  }

  /** A leader of view > 0 whose timeout certificate holds a prepare certificate proposes that block again. */
  #tryRepropose(): void {
    const high = this.#highOfEntry();
    if (high === null || !this.#mayPropose()) return;
    const block = this.#blocks.get(high.blockHash);
    if (block === undefined) return this.#needBlock(high.blockHash, high);
    this.#sendProposal(block);
  }

  #sendProposal(block: Block): void {
    const view = this.#view;
    this.#ownProposals.set(view, block);
    this.#journal({ kind: 'proposed', height: this.height, view, block: encodeBlock(block) });
    this.#lead(block);
    this.#emit({ kind: 'gossip', message: this.#proposalMessage(block) });
    this.#emit({
      kind: 'event',
      event: { kind: 'proposed', height: this.height, view, batchCount: block.batchIds.length },
    });
    this.#armResendTimer();
  }

  #proposalMessage(block: Block): UnsignedMessage<Proposal> {
    const timeoutCertificate = this.#entry?.kind === 'timeout' ? this.#entry.certificate : null;
    return { kind: 'proposal', ...this.#position(), member: this.#options.self, block, timeoutCertificate };
  }

  #lead(block: Block): void {
    const { self, timing } = this.#options;
    const options = {
      self,
      quorum: this.#quorum,
      position: this.#position(),
      block,
      shareTimeoutMs: shareTimeoutMs(timing),
      excluded: this.#excluded,
    };
    this.#leader = new ViewLeader(options, (effect) => this.#emit(effect));
  }

  // --- signing (5.2)

  #onSignRequest(request: SignRequest): void {
    const refused = (reason: string) => this.#refuse('sign-request', reason, request.member);
    if (request.view < this.#view) return;
    if (request.member !== this.#options.leaderOf(request.view)) return refused('its sender does not lead this view');
    if (!request.commitments.some(({ member }) => member === this.#options.self))
      return refused('does not name this member');
    if (request.view > this.#view) this.#enterView(request.view, { kind: 'prepare', certificate: request.certificate });
    this.onWork();
    const answer = this.#desk.answerTo(request);
    // The same SignRequest again gets the same stored share.
    if (answer) return this.#emit({ kind: 'send', to: [request.member], message: answer });
    if (answer === null) return;
    this.#desk.waiting = request;
    this.#trySign();
  }

  #trySign(): void {
    const request = this.#desk.waiting;
    // A node sends its share only for a valid prepare certificate of its current view, never after its TimeoutVote.
    if (request === null || request.view !== this.#view || this.#hasTimedOut(this.#view)) return;
    const block = this.#blocks.get(request.blockHash);
    if (block === undefined) return this.#needBlock(request.blockHash, request.certificate);
    if (this.#blocks.verdict(request.blockHash) === undefined) return this.#validate(request.blockHash, request.member);
    if (!this.#blocks.executes(request.blockHash)) return;
    // After writing that certificate to disk as its highCertificate.
    if (this.#high === null || this.#high.view < request.view) {
      this.#high = request.certificate;
      this.#journal({ kind: 'high-certificate', height: this.height, certificate: request.certificate });
    }
    const requestHash = this.#desk.begin(request);
    const { signature: _, ...unsigned } = request;
    this.#emit({ kind: 'sign', block, request: unsigned, requestHash });
  }

  #onShareReady(made: Extract<SignerResult, { kind: 'share' }>): void {
    // The nonce may have died while the signer worked: the view was left, or its timeout vote sent.
    const share = this.#hasTimedOut(this.#view) ? null : this.#desk.finish(made.requestHash, this.#position(), made);
    if (share !== null) this.#emit({ kind: 'send', to: [this.#options.leaderOf(this.#view)], message: share });
  }

  /** A SignRequest that names a dead nonce is answered with a fresh commitment. */
  #onUnknownNonce(result: Extract<SignerResult, { kind: 'unknown-nonce' }>): void {
    if (this.#hasTimedOut(this.#view)) return;
    const refusal = this.#desk.refuse(result.requestHash, this.#position(), result.fresh);
    if (refusal !== null) this.#emit({ kind: 'send', to: [this.#options.leaderOf(this.#view)], message: refusal });
  }

  // --- changing views (5.3)

  #onTimeoutVote(vote: TimeoutVote, atMs: number): void {
    if (vote.view < this.#view) {
      // Its sender is behind, or was when it said so: show it the way.
      return this.#timeouts.answersLate(vote.member, atMs) ? this.#resend(vote.member) : undefined;
    }
    if (vote.view > this.#view) this.#enterView(vote.view, vote.entry as EntryCertificate);
    this.#timeouts.add(vote);
    this.onWork();
    // f + 1 members have sent TimeoutVotes for the node's own view: at least one honest member waits in vain.
    if (this.#timeouts.hasOneHonest && this.#timedOutView < this.#view) this.#sendTimeoutVote();
    if (this.#timeouts.isComplete) {
      this.#enterView(this.#view + 1, { kind: 'timeout', certificate: this.#timeouts.certificate(this.#position()) });
    }
  }

  #sendTimeoutVote(): void {
    const view = this.#view;
    assert(this.#timedOutView < view, 'one TimeoutVote a view');
    const vote = timeoutVoteOf(this.#position(), {
      member: this.#options.self,
      highCertificate: this.#high,
      entry: this.#entry,
      missingBatches: this.missingBatches,
    });
    // Having first written (height, view) to disk so that it never again prepares or signs in that view [fork].
    this.#journal({ kind: 'timed-out', height: this.height, view, vote });
    this.#timedOutView = view;
    this.#timeoutVote = vote;
    if (!this.#isWithout('never-after-timeout')) {
      this.#desk.commitment = null;
      this.#emit({ kind: 'work', request: { kind: 'destroy-nonces', height: this.height, view } });
    }
    this.#emit({ kind: 'send', to: this.#everyone(), message: vote });
    this.#emit({ kind: 'event', event: { kind: 'timed-out', height: this.height, view } });
    this.#resendDelayMs = resendDelayMsMin(this.#options.timing);
    this.#armResendTimer();
  }

  #enterView(view: number, entry: EntryCertificate): void {
    assert(view > this.#view, 'views only rise');
    this.#emit({ kind: 'work', request: { kind: 'destroy-nonces', height: this.height, view: view - 1 } });
    this.#view = view;
    this.#entry = entry;
    this.#journal({ kind: 'entered', height: this.height, view, entry });
    this.#emit({ kind: 'event', event: { kind: 'view-entered', height: this.height, view } });
    this.#proposal = null;
    this.#leader = null;
    this.#isVoteDue = false;
    this.#wantedBlock = null;
    this.#desk.clear();
    this.#timeouts.clear();
    this.#resendDelayMs = resendDelayMsMin(this.#options.timing);
    this.#emit({ kind: 'cancel-timer', timer: 'session' });
    this.#requestCommitment();
    this.#armViewTimer();
    this.#tryRepropose();
  }

  // --- again

  /** Until the height is certified a node sends its latest messages again (5.3). */
  #resend(only: MemberIndex | null): void {
    const { self, leaderOf } = this.#options;
    const others = only === null ? this.#everyone().filter((member) => member !== self) : [only];
    if (this.#timeoutVote !== null && this.#timedOutView === this.#view) {
      this.#emit({ kind: 'send', to: only === null ? this.#everyone() : others, message: this.#timeoutVote });
      return;
    }
    const leader = leaderOf(this.#view);
    const hasPrepared = this.#prepared?.view === this.#view;
    if (hasPrepared && (only === null || only === leader)) this.#sendPrepareVote([leader]);
    if (this.#leader !== null) {
      for (const member of others) {
        if (!this.#leader.hasVoted(member)) {
          this.#emit({ kind: 'send', to: [member], message: this.#proposalMessage(this.#leader.block) });
        }
        for (const request of this.#leader.unanswered(member))
          this.#emit({ kind: 'send', to: [member], message: request });
      }
    } else if (this.#timeoutVote !== null && only !== null) {
      this.#emit({ kind: 'send', to: others, message: this.#timeoutVote });
    }
    if (this.#wantedBlock !== null) this.#emit({ kind: 'need-block', ...this.#wantedBlock });
  }

  // --- small parts

  #restore(record: VotingRecord): void {
    if (record.entered !== null) {
      this.#view = record.entered.view;
      this.#entry = record.entered.entry;
    }
    for (const { view, block } of record.proposed) {
      const own = decodeBlock(block);
      this.#keep(own);
      this.#ownProposals.set(view, own);
    }
    if (record.prepared !== null) {
      this.#prepared = { view: record.prepared.view, hash: record.prepared.hash };
      this.#keep(decodeBlock(record.prepared.block));
    }
    this.#high = record.highCertificate;
    if (record.timedOut !== null && !this.#isWithout('never-after-timeout')) {
      this.#timedOutView = record.timedOut.view;
      this.#timeoutVote = record.timedOut.vote;
    }
    const own = this.#ownProposals.get(this.#view);
    // A leader makes one proposal per view, for ever, restarts included: it is the same one.
    if (own !== undefined && !this.#hasTimedOut(this.#view)) {
      this.#lead(own);
      this.#emit({ kind: 'gossip', message: this.#proposalMessage(own) });
    }
    if (this.#timeoutVote !== null || own !== undefined || this.#prepared !== null) this.#armResendTimer();
  }

  #validate(hash: Hash, proposer: MemberIndex): void {
    if (this.#blocks.verdict(hash) !== undefined) return;
    this.#blocks.judge(hash, 'pending');
    this.#emit({ kind: 'validate', hash, block: this.#blocks.get(hash) as Block, proposer });
  }

  #keep(block: Block): Hash {
    return this.#blocks.keep(
      block,
      new Set([this.#high?.blockHash, this.#prepared?.hash, this.#highOfEntry()?.blockHash]),
    );
  }

  #needBlock(hash: Hash, certificate: PrepareCertificate): void {
    if (this.#wantedBlock?.hash === hash) return;
    const from = certificate.votes.map(({ member }) => member).filter((member) => member !== this.#options.self);
    this.#wantedBlock = { hash, from };
    this.#emit({ kind: 'need-block', hash, from });
    this.#armResendTimer();
  }

  #requestCommitment(): void {
    this.#desk.commitment = null;
    const { epoch } = this.#options;
    if (this.#hasTimedOut(this.#view)) return;
    this.#emit({ kind: 'work', request: { kind: 'commit-nonce', epoch, height: this.height, view: this.#view } });
  }

  /** Two Proposals of one view with different block hashes are evidence (5.6). */
  #accuseLeader(one: Proposal, other: Proposal): void {
    const hashes = [blockHash(one.block), blockHash(other.block)] as const;
    if (hashes[0] === hashes[1]) return;
    const first = { hash: hashes[0], signature: one.signature };
    const second = { hash: hashes[1], signature: other.signature };
    this.#emit({ kind: 'accuse', evidence: accuse('double-proposal', other, [first, second]) });
  }

  #armViewTimer(): void {
    this.#isViewTimerArmed = true;
    this.#emit({ kind: 'set-timer', timer: 'view', delayMs: viewTimeoutOf(this.#view, this.#options.timing) });
  }

  #armResendTimer(): void {
    this.#emit({ kind: 'set-timer', timer: 'resend', delayMs: this.#resendDelayMs });
    this.#resendDelayMs = Math.min(this.#resendDelayMs * 2, RESEND_DELAY_MS_MAX);
  }

  #hasTimedOut(view: number): boolean {
    return view <= this.#timedOutView && !this.#isWithout('never-after-timeout');
  }

  #position(): Position {
    return { epoch: this.#options.epoch, height: this.height, view: this.#view };
  }

  #everyone(): readonly MemberIndex[] {
    return Array.from({ length: this.#quorum.members }, (_, member) => member);
  }

  #isWithout(rule: ForkRule): boolean {
    return this.#options.without?.has(rule) === true;
  }

  #refuse(message: string, reason: string, member: MemberIndex): void {
    this.#emit({ kind: 'event', event: { kind: 'refused', message, reason, member } });
  }

  #journal(entry: Extract<AgreementEffect, { kind: 'journal' }>['entry']): void {
    this.#emit({ kind: 'journal', entry });
  }

  #emit(effect: AgreementEffect): void {
    this.#effects.push(effect);
  }
}
