import { assert, type Hash, type MemberIndex, type Quorum, toHex } from '@cairn/primitives';
import type {
  NonceCommitment,
  SignatureShare,
  SignRequest as SignedSignRequest,
  UnsignedMessage,
} from '@cairn/protocol';

/** Refusals of one member in one view after which it is still chosen. */
const REFUSALS_MAX = 1;

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

/** A session of which every share is here. */
export interface CompleteSession {
  readonly request: SignRequest;
  readonly shares: readonly { readonly member: MemberIndex; readonly z: Uint8Array }[];
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
  /** Commitments that are or were in a session, by their points: each is good for one. */
  readonly #used = new Set<string>();
  /** Which session a member still owes an answer. */
  readonly #owes = new Map<MemberIndex, Hash>();
  readonly #excluded: ReadonlySet<MemberIndex>;
  /** A restart costs one refusal a view; who refuses again is left out of it, or it could use all sessions up. */
  readonly #refused = new Map<MemberIndex, number>();

  /** @param excluded members with a proven invalid share at this height; shared with the caller, who adds to it. */
  constructor(quorum: Quorum, excluded: ReadonlySet<MemberIndex>) {
    this.#quorum = quorum;
    this.#excluded = excluded;
  }

  get count(): number {
    return this.#sessions.length;
  }

  /** Commitments that are in no session yet. */
  get availableCount(): number {
    return this.#available.size;
  }

  get openedAt(): number {
    return this.#sessions.at(-1)?.openedAt ?? Number.NEGATIVE_INFINITY;
  }

  get hasLiveSession(): boolean {
    return this.#sessions.some((session) => !session.isDead);
  }

  /** A fresh commitment of a member. While it owes an answer the newest one waits. A copy that comes late is no fresh one. */
  offer(commitment: NonceCommitment): void {
    if (this.#used.has(pointsOf(commitment))) return;
    this.#available.set(commitment.member, commitment);
  }

  /** @returns q commitments in index order for the next session, or null while fewer members are free. */
  choose(): readonly NonceCommitment[] | null {
    const free = [...this.#available.values()].filter(
      ({ member }) => !this.#owes.has(member) && !this.#excluded.has(member) && this.#refusals(member) <= REFUSALS_MAX,
    );
    if (free.length < this.#quorum.certified) return null;
    return free.slice(0, this.#quorum.certified).sort((a, b) => a.member - b.member);
  }

  open(hash: Hash, request: SignRequest, atMs: number): void {
    assert(request.commitments.length === this.#quorum.certified, 'a session has exactly q members');
    this.#sessions.push({ hash, request, shares: new Map(), openedAt: atMs, isDead: false });
    for (const commitment of request.commitments) {
      const { member } = commitment;
      this.#used.add(pointsOf(commitment));
      this.#available.delete(member);
      this.#owes.set(member, hash);
    }
  }

  /** @returns whether the share answers a session, and which one it completes: its shares in index order. */
  addShare(share: SignatureShare): { readonly isTaken: boolean; readonly complete: CompleteSession | null } {
    const { signRequestHash: hash, member } = share;
    const session = this.#session(hash);
    const isNamed = session?.request.commitments.some((commitment) => commitment.member === member) === true;
    if (session === undefined || !isNamed || session.shares.has(member)) return { isTaken: false, complete: null };
    session.shares.set(member, share);
    this.#answered(member, hash);
    if (session.isDead || session.shares.size < this.#quorum.certified) return { isTaken: true, complete: null };
    const shares = [...session.shares.values()].map(({ member: of, z }) => ({ member: of, z }));
    shares.sort((a, b) => a.member - b.member);
    return { isTaken: true, complete: { request: session.request, shares } };
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
    this.#refused.set(member, this.#refusals(member) + 1);
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

  #refusals(member: MemberIndex): number {
    return this.#refused.get(member) ?? 0;
  }

  #answered(member: MemberIndex, hash: Hash): void {
    if (this.#owes.get(member) === hash) this.#owes.delete(member);
  }

  #session(hash: Hash): Session | undefined {
    return this.#sessions.find((session) => session.hash === hash);
  }
}

function pointsOf({ member, hiding, binding }: NonceCommitment): string {
  return `${member} ${toHex(hiding)}${toHex(binding)}`;
}
