import { type MemberIndex, type Quorum, ZERO_HASH } from '@cairn/primitives';
import type { Position, PrepareCertificate, TimeoutCertificate, TimeoutVote, UnsignedMessage } from '@cairn/protocol';

/** The vote that a member sends when it gives up a view. */
export function timeoutVoteOf(
  at: Position,
  by: Pick<TimeoutVote, 'member' | 'highCertificate' | 'entry' | 'missingBatches'>,
): UnsignedMessage<TimeoutVote> {
  const { highCertificate: high } = by;
  const named = { highView: high?.view ?? -1, highHash: high?.blockHash ?? ZERO_HASH };
  return { kind: 'timeout-vote', ...at, ...named, ...by };
}

import { LateAnswers } from './late-answers.ts';

/** TimeoutVotes of one view. An earlier view's are of no use, and a later one's make the member enter that view. */
export class TimeoutBook {
  readonly #quorum: Quorum;
  readonly #late: LateAnswers;
  readonly #votes = new Map<MemberIndex, TimeoutVote>();

  /** @param answerIntervalMs how often one member's late votes are answered. */
  constructor(quorum: Quorum, answerIntervalMs: number) {
    this.#quorum = quorum;
    this.#late = new LateAnswers(answerIntervalMs);
  }

  /** Whether a vote for an earlier view is to be answered now. */
  answersLate(member: MemberIndex, atMs: number): boolean {
    return this.#late.take(member, atMs);
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
