import { assert, type Hash, type MemberIndex, type Quorum } from '@cairn/primitives';
import type {
  NonceCommitment,
  SignatureShare,
  SignRequest as SignedSignRequest,
  UnsignedMessage,
} from '@cairn/protocol';

type SignRequest = UnsignedMessage<SignedSignRequest>;

/** One signing session of the leader: exactly q members, one commitment each. */
interface Session {
  readonly hash: Hash;
  readonly request: SignRequest;
  readonly shares: Map<MemberIndex, SignatureShare>;
  readonly openedAt: number;
  /** No longer able to complete: a member refused, or shares proved invalid. */
  isDead: boolean;
}

/**
 * The leader's book of signing sessions of one view, after ROAST (Ruffing et al. 2022): a member is in one unanswered
 * session at a time; a late share makes its signer available again; only a share proven invalid excludes it (5.5).
 */
export class SigningSessions {
  readonly #quorum: Quorum;
  readonly #sessions: Session[] = [];
  /** Unused commitments in order of arrival: the quickest first. */
  readonly #available = new Map<MemberIndex, NonceCommitment>();
  /** Which session a member still owes an answer. */
  readonly #owes = new Map<MemberIndex, Hash>();
  readonly #excluded: ReadonlySet<MemberIndex>;

  /** @param excluded members with a proven invalid share at this height; shared with the caller, who adds to it. */
  constructor(quorum: Quorum, excluded: ReadonlySet<MemberIndex>) {
    this.#quorum = quorum;
    this.#excluded = excluded;
  }

  get count(): number {
    return this.#sessions.length;
  }

  get openedAt(): number {
    return this.#sessions.at(-1)?.openedAt ?? Number.NEGATIVE_INFINITY;
  }

  get hasLiveSession(): boolean {
    return this.#sessions.some((session) => !session.isDead);
  }

  /** A fresh commitment of a member. While it owes an answer the newest one waits. */
  offer(commitment: NonceCommitment): void {
    this.#available.set(commitment.member, commitment);
  }

  /** @returns q commitments in index order for the next session, or null while fewer members are free. */
  choose(): readonly NonceCommitment[] | null {
    const free = [...this.#available.values()].filter(
      ({ member }) => !this.#owes.has(member) && !this.#excluded.has(member),
    );
    if (free.length < this.#quorum.certified) return null;
    return free.slice(0, this.#quorum.certified).sort((a, b) => a.member - b.member);
  }

  open(hash: Hash, request: SignRequest, atMs: number): void {
    assert(request.commitments.length === this.#quorum.certified, 'a session has exactly q members');
    this.#sessions.push({ hash, request, shares: new Map(), openedAt: atMs, isDead: false });
    for (const { member } of request.commitments) {
      this.#available.delete(member);
      this.#owes.set(member, hash);
    }
  }

  /** @returns the session's shares in index order when this one completes it. */
  addShare(
    share: SignatureShare,
  ): { readonly request: SignRequest; readonly shares: readonly { member: MemberIndex; z: Uint8Array }[] } | null {
    const { signRequestHash: hash, member } = share;
    const session = this.#session(hash);
    if (session === undefined || session.shares.has(member)) return null;
    if (!session.request.commitments.some((commitment) => commitment.member === member)) return null;
    session.shares.set(member, share);
    this.#answered(member, hash);
    if (session.isDead || session.shares.size < this.#quorum.certified) return null;
    const shares = [...session.shares.values()].map(({ member: of, z }) => ({ member: of, z }));
    return { request: session.request, shares: shares.sort((a, b) => a.member - b.member) };
  }

  /** What the member answered in this session. */
  shareOf(hash: Hash, member: MemberIndex): SignatureShare | undefined {
    return this.#session(hash)?.shares.get(member);
  }

  /** The member's nonce is dead: the session cannot complete. @returns whether the session was one of ours. */
  refuse(hash: Hash, member: MemberIndex): boolean {
    const session = this.#session(hash);
    if (session === undefined || this.#owes.get(member) !== hash) return false;
    session.isDead = true;
    this.#answered(member, hash);
    return true;
  }

  /** The aggregate did not verify. */
  kill(hash: Hash): SignRequest | null {
    const session = this.#session(hash);
    if (session === undefined) return null;
    session.isDead = true;
    return session.request;
  }

  /** Requests that this member has not answered, for sending again. */
  unanswered(member: MemberIndex): readonly SignRequest[] {
    const hash = this.#owes.get(member);
    return this.#sessions.filter((session) => session.hash === hash).map((session) => session.request);
  }

  requestOf(hash: Hash): SignRequest | null {
    return this.#session(hash)?.request ?? null;
  }

  #answered(member: MemberIndex, hash: Hash): void {
    if (this.#owes.get(member) === hash) this.#owes.delete(member);
  }

  #session(hash: Hash): Session | undefined {
    return this.#sessions.find((session) => session.hash === hash);
  }
}
