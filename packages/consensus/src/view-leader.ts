import { assert, type Hash, type MemberIndex, type Quorum, type Signature } from '@cairn/primitives';
import {
  type Block,
  blockHash,
  type CertifiedBlock,
  type NonceRefusal,
  type Position,
  type PrepareCertificate,
  type PrepareVote,
  type SignatureShare,
  type SignedHash,
  type SignRequest,
  signRequestHash,
  type UnsignedMessage,
} from '@cairn/protocol';
import { accuse } from './accuse.ts';
import type { AgreementEffect } from './effects.ts';
import { SigningSessions } from './signing-sessions.ts';

export interface ViewLeaderOptions {
  readonly self: MemberIndex;
  readonly quorum: Quorum;
  readonly position: Position;
  readonly block: Block;
  /** A further session is opened when the newest has gone this long without completing. */
  readonly shareTimeoutMs: number;
  /** Members with a proven invalid share at this height; outlives the view. */
  readonly excluded: Set<MemberIndex>;
}

/** A leader's duties after its proposal: gather votes, run signing sessions, certify. One instance per view. */
export class ViewLeader {
  readonly blockHash: Hash;
  readonly block: Block;
  readonly #options: ViewLeaderOptions;
  readonly #votes = new Map<MemberIndex, Signature>();
  /** The first vote of each member in this view, for whichever block. */
  readonly #firstVotes = new Map<MemberIndex, SignedHash>();
  readonly #sessions: SigningSessions;
  readonly #emit: (effect: AgreementEffect) => void;

  constructor(options: ViewLeaderOptions, emit: (effect: AgreementEffect) => void) {
    this.#options = options;
    this.#emit = emit;
    this.block = options.block;
    this.blockHash = blockHash(options.block);
    this.#sessions = new SigningSessions(options.quorum, options.excluded);
  }

  hasVoted(member: MemberIndex): boolean {
    return this.#votes.has(member);
  }

  /** The leader goes on accepting votes and commitments after the certificate (5.5). */
  onPrepareVote(vote: PrepareVote, atMs: number): void {
    this.#accuseVoter(vote);
    if (vote.blockHash !== this.blockHash) return;
    this.#votes.set(vote.member, vote.signature);
    this.#sessions.offer(vote.commitment);
    this.#openSession(atMs);
  }

  /** A late share makes its signer available again. */
  onShare(share: SignatureShare, atMs: number): void {
    const { isTaken, complete } = this.#sessions.addShare(share);
    // A copy that comes late must not put a used commitment over a fresh one.
    if (isTaken && share.nextCommitment !== null) this.#sessions.offer(share.nextCommitment);
    if (complete !== null) {
      this.#emit({
        kind: 'aggregate',
        block: this.block,
        request: complete.request,
        requestHash: share.signRequestHash,
        shares: complete.shares,
      });
    }
    this.#openSession(atMs);
  }

  onRefusal(refusal: NonceRefusal, atMs: number): void {
    if (!this.#sessions.refuse(refusal.signRequestHash, refusal.member)) return;
    this.#sessions.offer(refusal.commitment);
    this.#openSession(atMs);
  }

  /** @returns the certified block, with every vote so far. */
  onAggregated(requestHash: Hash, groupSignature: Signature): CertifiedBlock | null {
    if (this.#sessions.requestOf(requestHash) === null) return null;
    const certificate = this.#certificate();
    assert(certificate !== null, 'a session was opened only with a certificate');
    return { block: this.block, certificate, groupSignature };
  }

  /** Only a share proven invalid excludes its signer, for the height. */
  onCulprits(requestHash: Hash, members: readonly MemberIndex[], atMs: number): void {
    const request = this.#sessions.kill(requestHash);
    if (request === null) return;
    for (const member of members) {
      this.#options.excluded.add(member);
      const share = this.#sessions.shareOf(requestHash, member);
      if (share !== undefined) this.#emit({ kind: 'accuse-share', block: this.block, request, share });
      this.#emit({ kind: 'event', event: { kind: 'share-invalid', height: this.#options.position.height, member } });
    }
    this.#openSession(atMs);
  }

  /** Two PrepareVotes of one view with different block hashes are evidence (5.6). */
  #accuseVoter(vote: PrepareVote): void {
    const earlier = this.#firstVotes.get(vote.member);
    if (earlier === undefined) {
      this.#firstVotes.set(vote.member, { hash: vote.blockHash, signature: vote.signature });
    } else if (earlier.hash !== vote.blockHash) {
      const pair = [earlier, { hash: vote.blockHash, signature: vote.signature }] as const;
      this.#emit({ kind: 'accuse', evidence: accuse('double-prepare', vote, pair) });
    }
  }

  onSessionTimer(atMs: number): void {
    this.#openSession(atMs);
    if (this.#sessions.count > 0) this.#armSessionTimer();
  }

  /** Nonce commitments that are in no session yet, for metrics. */
  get availableNonceCount(): number {
    return this.#sessions.availableCount;
  }

  /** SignRequests that `member` still owes an answer to. */
  unanswered(member: MemberIndex): readonly UnsignedMessage<SignRequest>[] {
    return this.#sessions.unanswered(member);
  }

  #openSession(atMs: number): void {
    const { position, self, shareTimeoutMs, quorum } = this.#options;
    const isWaiting = this.#sessions.hasLiveSession && atMs - this.#sessions.openedAt < shareTimeoutMs;
    if (isWaiting || this.#sessions.count >= sessionsMax(quorum)) return;
    const certificate = this.#certificate();
    const commitments = certificate === null ? null : this.#sessions.choose();
    if (certificate === null || commitments === null) return;
    const session = this.#sessions.count;
    const request = {
      kind: 'sign-request' as const,
      ...position,
      member: self,
      blockHash: this.blockHash,
      session,
      commitments,
      certificate,
    };
    this.#sessions.open(signRequestHash(request), request, atMs);
    this.#emit({ kind: 'send', to: commitments.map(({ member }) => member), message: request });
    this.#emit({
      kind: 'event',
      event: { kind: 'session-opened', height: position.height, view: position.view, session },
    });
    this.#armSessionTimer();
  }

  #armSessionTimer(): void {
    this.#emit({ kind: 'set-timer', timer: 'session', delayMs: this.#options.shareTimeoutMs });
  }

  #certificate(): PrepareCertificate | null {
    if (this.#votes.size < this.#options.quorum.certified) return null;
    const votes = [...this.#votes].map(([member, signature]) => ({ member, signature }));
    votes.sort((a, b) => a.member - b.member);
    return { ...this.#options.position, blockHash: this.blockHash, votes };
  }
}

/** f + 1 sessions are enough where the leader waits; by timer the bound is one per member and share timeout. */
function sessionsMax(quorum: Quorum): number {
  return 4 * quorum.members;
}
