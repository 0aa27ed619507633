import type { Hash, MemberIndex } from '@cairn/primitives';
import { type Codec, CREDIT_HEIGHTS, hash, list, MEMBERS_MAX, struct, uint } from '@cairn/protocol';

/** Whose votes counted for the certified block of a height: those of the certificate in the next block, then credits. */
export interface CountedVotes {
  readonly blockHash: Hash;
  /** Ascending. */
  readonly members: readonly MemberIndex[];
}

export const countedVotesCodec: Codec<CountedVotes> = struct({
  blockHash: hash,
  members: list(uint(MEMBERS_MAX - 1), MEMBERS_MAX),
});

/** @returns the votes with those of `member`, who has none among them. */
export function withVote(votes: CountedVotes, member: MemberIndex): CountedVotes {
  return { ...votes, members: [...votes.members, member].sort((a, b) => a - b) };
}

/** The height whose votes are forgotten by block `height`, which brings those of the height before it. */
export function forgottenVotesHeight(height: number): number {
  return height - 1 - CREDIT_HEIGHTS;
}
