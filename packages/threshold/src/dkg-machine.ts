import { type GroupArithmetic, groupArithmetic, scalarToBytes } from '@cairn/crypto/group';
import {
  assert,
  assertNever,
  CairnError,
  equalBytes,
  fromHex,
  type MemberIndex,
  type Signature,
} from '@cairn/primitives';
import { MEMBERS_MAX } from '@cairn/protocol';
import { createDealing, type SecretDealing, subShareFor, sumSubShares } from './dkg-dealing.ts';
import { isUpheld } from './dkg-evidence.ts';
import { DkgKeeper, type DkgVerdict, type KnownDealing } from './dkg-keeper.ts';
import {
  type DealerStatement,
  type DkgContext,
  type DkgEvidence,
  type DkgMessage,
  dealerSigningBytes,
  dealingHashOf,
  transcriptSigningBytes,
} from './dkg-message.ts';
import type { DkgAbortReason, DkgOutcome, DkgStep, StepDraft } from './dkg-step.ts';
import { closeTranscript, completeDkg, type DkgPending, isCertificate, isConfirmation } from './dkg-transcript.ts';
import type { KeyShare } from './threshold-scheme.ts';

/** What a member brings to a ceremony. */
export interface DkgOptions extends DkgContext {
  /** Own position in `members`. */
  readonly index: MemberIndex;
}

/** What the ceremony may use. */
export interface DkgDependencies {
  /** Signs with the identity key of `members[index]`. */
  readonly sign: (bytes: Uint8Array) => Signature;
  /** `dealingRandomBytes(threshold)` fresh bytes; wiped. A second run of a ceremony takes new ones. */
  readonly random: Uint8Array;
  readonly arithmetic?: GroupArithmetic;
}

/**
 * One member of a distributed key generation (protocol section 9): PedPoP with every message signed, so that each lie is
 * evidence by itself. Deal to all, share with each, confirm the transcript to all; live with all n confirmations.
 * Pure: time is the host's, which calls `resend` now and then, and `timeout` when it gives up.
 */
export class DkgMachine {
  readonly #options: DkgOptions;
  readonly #sign: (bytes: Uint8Array) => Signature;
  readonly #arithmetic: GroupArithmetic;
  readonly #keeper: DkgKeeper;
  readonly #confirmed = new Map<MemberIndex, Signature>();
  #sent: { to: MemberIndex; message: DkgMessage }[] = [];
  #secret: SecretDealing | undefined;
  #pending: DkgPending | undefined;
  #outcome: DkgOutcome | undefined;
  #step: StepDraft = { send: [], events: [] };

  /** @throws THRESHOLD_CEREMONY_INVALID for a committee or threshold that makes no sense. */
  constructor(options: DkgOptions, dependencies: DkgDependencies) {
    checkOptions(options);
    const { ceremonyId, members, threshold, index } = options;
    const arithmetic = dependencies.arithmetic ?? groupArithmetic;
    this.#options = options;
    this.#sign = dependencies.sign;
    this.#arithmetic = arithmetic;
    this.#keeper = new DkgKeeper({ context: { ceremonyId, members, threshold }, recipient: index }, { arithmetic });
    this.#secret = createDealing(options, index, { random: dependencies.random, arithmetic });
  }

  /** How it ended, if it did. */
  get outcome(): DkgOutcome | undefined {
    return this.#outcome;
  }

  /** Deals. Called once, first. */
  start(): DkgStep {
    assert(this.#secret !== undefined && this.#sent.length === 0, 'a ceremony starts once');
    const body = this.#secret.public;
    const { index: dealer } = this.#options;
    const dealingHash = dealingHashOf(body);
    const signature = this.#signStatement({ kind: 'dealing', dealer, dealingHash });
    const dealing = { ...body, signature };
    this.#keeper.dealings.set(dealer, { dealing, dealingHash, signature });
    this.#broadcast({ kind: 'dkg-dealing', ...dealing });
    this.#step.events.push({ kind: 'dealt' });
    return this.#finish();
  }

  /**
   * Takes a decoded message, whose bytes now belong to this machine. Never throws on what it says.
   * @param from the member at the other end of the authenticated stream.
   */
  receive(from: MemberIndex, message: DkgMessage): DkgStep {
    assert(this.#others().includes(from), 'from another member');
    if (this.#outcome?.kind === 'live') this.#answerLate(from, message, this.#outcome.result.certificate);
    else this.#take(from, message);
    return this.#finish();
  }

  /**
   * Repeats what was said, to all or to one that has reconnected. Of a live member that is the certificate: the one it sent
   * may be lost, and one who is live too asks for nothing.
   */
  resend(only?: MemberIndex): DkgStep {
    if (this.#outcome?.kind === 'live') this.#sayCertificate(this.#outcome.result.certificate);
    const repeated = [...this.#step.send.splice(0), ...this.#sent];
    this.#step.send.push(...repeated.filter(({ to }) => only === undefined || to === only));
    return this.#finish();
  }

  /** Gives up, naming who stayed away or said nothing valid. Nothing happens when it has ended already. */
  timeout(): DkgStep {
    this.#abort('absent', this.#absent());
    return this.#finish();
  }

  #take(from: MemberIndex, message: DkgMessage): void {
    // One who has confirmed may have helped others to a live key, so confirmations and certificates count even after
    // it gave up; nothing else does.
    const hasAborted = this.#outcome !== undefined;
    switch (message.kind) {
      case 'dkg-dealing': {
        if (hasAborted) break;
        const { commitments, proof, signature } = message;
        this.#apply(from, message.kind, this.#keeper.takeDealing(from, { commitments, proof, signature }));
        this.#apply(from, message.kind, this.#keeper.judgeWaiting(from));
        break;
      }
      case 'dkg-share': {
        if (hasAborted) break;
        const { dealingHash, subShare, signature } = message;
        this.#apply(from, message.kind, this.#keeper.takeShare(from, { dealingHash, subShare, signature }));
        break;
      }
      case 'dkg-accusation':
        if (!hasAborted) this.#judgeAccusation(from, message.evidence);
        break;
      case 'dkg-confirm':
        this.#apply(from, message.kind, this.#keeper.takeConfirm(from, message));
        break;
      case 'dkg-certificate':
        this.#takeCertificate(from, message.signatures);
        break;
      default:
        assertNever(message);
    }
  }

  #apply(from: MemberIndex, message: DkgMessage['kind'], verdict: DkgVerdict): void {
    if (verdict.kind === 'evidence') this.#accuse(verdict.evidence);
    if (verdict.kind === 'refused') this.#step.events.push({ kind: 'refused', from, message, reason: verdict.reason });
  }

  #judgeAccusation(from: MemberIndex, evidence: DkgEvidence): void {
    if (isUpheld(this.#options, evidence, this.#arithmetic)) this.#accuse(evidence);
    else this.#abort('false-accusation', [from]);
  }

  #takeCertificate(from: MemberIndex, signatures: readonly Signature[]): void {
    if (this.#pending === undefined) return;
    if (isCertificate(this.#pending, signatures)) this.#live(this.#pending, signatures);
    else this.#apply(from, 'dkg-certificate', { kind: 'refused', reason: 'not signed by every member' });
  }

  /** A live member tells whoever still speaks how it ended. */
  #answerLate(from: MemberIndex, message: DkgMessage, signatures: readonly Signature[]): void {
    if (message.kind === 'dkg-certificate') return;
    this.#step.send.push({ to: from, message: { kind: 'dkg-certificate', signatures } });
  }

  /** Does whatever has become possible, then hands the step out. */
  #finish(): DkgStep {
    const { dealings, subShares } = this.#keeper;
    if (this.#outcome === undefined) {
      if (this.#isComplete(dealings) && this.#secret !== undefined) this.#shareOut(this.#secret);
      if (this.#isComplete(subShares) && this.#pending === undefined) this.#confirm();
    }
    if (this.#pending !== undefined && this.#outcome?.kind !== 'live') this.#countConfirmations(this.#pending);
    const step = this.#step;
    this.#step = { send: [], events: [] };
    return step;
  }

  #shareOut(secret: SecretDealing): void {
    const { index: dealer, members } = this.#options;
    const dealingHash = dealingHashOf(secret.public);
    for (const recipient of members.keys()) {
      const subShare = subShareFor(secret.coefficients, recipient);
      if (recipient === dealer) {
        this.#keeper.subShares.set(dealer, subShare);
        continue;
      }
      const signature = this.#signStatement({ kind: 'share', dealer, recipient, dealingHash, subShare });
      this.#say(recipient, { kind: 'dkg-share', dealingHash, subShare, signature });
    }
    this.#secret = undefined;
    this.#step.events.push({ kind: 'shared' });
  }

  #confirm(): void {
    const { index, ceremonyId, members, threshold } = this.#options;
    const known = [...members.keys()].map((dealer) => this.#keeper.dealings.get(dealer) as KnownDealing);
    const dealings = known.map(({ dealing }) => dealing);
    const { keySet, transcriptHash } = closeTranscript(this.#options, dealings, this.#arithmetic);
    const keyShare = this.#ownShare(keySet.groupKey, keySet.verificationShares[index] as KeyShare['verificationShare']);
    this.#pending = { context: { ceremonyId, members, threshold }, keySet, keyShare, transcriptHash };
    this.#step.persist = this.#pending;
    const signature = this.#sign(transcriptSigningBytes(ceremonyId, transcriptHash));
    this.#confirmed.set(index, signature);
    const references = known.map((dealing) => ({ dealingHash: dealing.dealingHash, signature: dealing.signature }));
    this.#broadcast({ kind: 'dkg-confirm', dealings: references, signature });
    this.#step.events.push({ kind: 'confirmed' });
  }

  #ownShare(groupKey: KeyShare['groupKey'], verificationShare: KeyShare['verificationShare']): KeyShare {
    const secretShare = sumSubShares([...this.#keeper.subShares.values()]);
    assert(
      equalBytes(this.#arithmetic.multiplyBase(secretShare), fromHex(verificationShare, 32)),
      'checked sub-shares add up to the share that the dealings commit to',
    );
    return { index: this.#options.index, groupKey, verificationShare, secretShare: scalarToBytes(secretShare) };
  }

  #countConfirmations(pending: DkgPending): void {
    const { confirms } = this.#keeper;
    for (const [from, { signature }] of confirms) {
      if (isConfirmation(pending, from, signature)) this.#confirmed.set(from, signature);
      else this.#apply(from, 'dkg-confirm', { kind: 'refused', reason: 'does not sign our transcript' });
    }
    confirms.clear();
    if (!this.#isComplete(this.#confirmed)) return;
    this.#live(
      pending,
      pending.context.members.map((_, member) => this.#confirmed.get(member) as Signature),
    );
  }

  #live(pending: DkgPending, signatures: readonly Signature[]): void {
    this.#end({ kind: 'live', result: completeDkg(pending, signatures) });
    this.#sent = [];
    this.#sayCertificate(signatures);
  }

  #sayCertificate(signatures: readonly Signature[]): void {
    for (const to of this.#others()) this.#step.send.push({ to, message: { kind: 'dkg-certificate', signatures } });
  }

  /** Shows evidence that holds to all, and ends the ceremony. */
  #accuse(evidence: DkgEvidence): void {
    if (this.#outcome !== undefined) return;
    this.#broadcast({ kind: 'dkg-accusation', evidence });
    this.#abort(evidence.kind, [evidence.dealer], evidence);
  }

  #abort(reason: DkgAbortReason, culprits: readonly MemberIndex[], evidence?: DkgEvidence): void {
    if (this.#outcome !== undefined) return;
    this.#end({ kind: 'aborted', reason, culprits, ...(evidence && { evidence }) });
    // No more dealing and sharing; but whoever has confirmed goes on asking for a certificate.
    this.#sent = this.#sent.filter(({ message: { kind } }) => kind === 'dkg-accusation' || kind === 'dkg-confirm');
  }

  /** Ends it, and lets go of every secret but a confirmed share. */
  #end(outcome: DkgOutcome): void {
    this.#outcome = outcome;
    this.#step.outcome = outcome;
    this.#secret = undefined;
    this.#keeper.wipe();
  }

  /** Who has not said what the ceremony waits for. */
  #absent(): MemberIndex[] {
    const phases = [this.#keeper.dealings, this.#keeper.subShares, this.#confirmed];
    const open = phases.find((phase) => !this.#isComplete(phase)) ?? this.#confirmed;
    return this.#others().filter((member) => !open.has(member));
  }

  #isComplete(phase: ReadonlyMap<MemberIndex, unknown>): boolean {
    return phase.size === this.#options.members.length;
  }

  #others(): MemberIndex[] {
    return [...this.#options.members.keys()].filter((member) => member !== this.#options.index);
  }

  #signStatement(statement: DealerStatement): Signature {
    return this.#sign(dealerSigningBytes(this.#options.ceremonyId, statement));
  }

  #broadcast(message: DkgMessage): void {
    for (const to of this.#others()) this.#say(to, message);
  }

  #say(to: MemberIndex, message: DkgMessage): void {
    this.#sent.push({ to, message });
    this.#step.send.push({ to, message });
  }
}

function checkOptions({ members, threshold, index }: DkgOptions): void {
  const isSound =
    members.length >= 1 &&
    members.length <= MEMBERS_MAX &&
    new Set(members).size === members.length &&
    Number.isSafeInteger(threshold) &&
    threshold >= 1 &&
    threshold <= members.length &&
    members[index] !== undefined;
  if (!isSound) {
    throw new CairnError('THRESHOLD_CEREMONY_INVALID', 'no such committee', {
      members: members.length,
      threshold,
      index,
    });
  }
}
