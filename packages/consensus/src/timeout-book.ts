import type { MemberIndex, Quorum } from '@cairn/primitives';
import type { Position, PrepareCertificate, TimeoutCertificate, TimeoutVote } from '@cairn/protocol';

/** TimeoutVotes of one view. An earlier view's are of no use, and a later one's make the member enter that view. */
export class TimeoutBook {
  readonly #quorum: Quorum;
  readonly #votes = new Map<MemberIndex, TimeoutVote>();

  constructor(quorum: Quorum) {
    this.#quorum = quorum;
  }

  add(vote: TimeoutVote): void {
    this.#votes.set(vote.member, vote);
  }

  clear(): void {
    this.#votes.clear();
  }

  /** f + 1 members wait in vain, at least one of them honest. */
  get hasOneHonest(): boolean {
    return this.#votes.size >= this.#quorum.oneHonest;
  }

  get isComplete(): boolean {
    return this.#votes.size >= this.#quorum.certified;
  }

  /** The votes with the one highest prepare certificate in full. */
  certificate(position: Position): TimeoutCertificate {
    const votes = [...this.#votes.values()].sort((a, b) => a.member - b.member);
    let high: PrepareCertificate | null = null;
    for (const { highCertificate } of votes) {
      if (highCertificate !== null && (high === null || highCertificate.view > high.view)) high = highCertificate;
    }
    return {
      ...position,
      votes: votes.map(({ member, highView, highHash, signature }) => ({ member, highView, highHash, signature })),
      highCertificate: high,
    };
  }
}
