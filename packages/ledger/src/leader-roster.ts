import type { Hash, MemberIndex } from '@cairn/primitives';
import {
  type Codec,
  LEADER_ABSENCE_HEIGHTS,
  LEADER_FAILURES_MAX,
  LEADER_SKIP_HEIGHTS_MAX,
  list,
  MEMBERS_MAX,
  nullable,
  struct,
  uint,
} from '@cairn/protocol';

/** How a height went, as the certificate in the next block tells it. */
export interface Turns {
  readonly height: number;
  /** Of the block that the certificate is of. */
  readonly blockHash: Hash;
  /** Leaders of the views that ended without a block, in their order; of many views the last ones are enough. */
  readonly failed: readonly MemberIndex[];
  /** Leader of the certificate's view. */
  readonly led: MemberIndex;
  readonly voters: readonly MemberIndex[];
}

interface MemberRecord {
  /** Height of the last certificate with its vote, or that a credit brought its vote to; 0: none yet. */
  readonly votedAt: number;
  /** Heights whose certificate has its vote, or that a credit brought it to: what proven participation is. */
  readonly votes: number;
  /** Of its last views as leader, one after another; no more than LEADER_FAILURES_MAX are counted. */
  readonly failures: number;
  readonly skippedSince: number | null;
}

/** Who leads, and whose turn passes on: a function of the certificates in the chain, and of the credits. */
export interface Roster {
  /** Of the last certificate that was read; 0: none. */
  readonly height: number;
  readonly members: readonly MemberRecord[];
  /** Skipped at the height of the state's own block. */
  readonly skippedNow: readonly MemberIndex[];
  /** Skipped at the next height. */
  readonly skippedNext: readonly MemberIndex[];
}

export function newRoster(memberCount: number): Roster {
  const members = Array.from({ length: memberCount }, () => ({
    votedAt: 0,
    votes: 0,
    failures: 0,
    skippedSince: null,
  }));
  return { height: 0, members, skippedNow: [], skippedNext: [] };
}

const skippedCodec = list(uint(MEMBERS_MAX - 1), MEMBERS_MAX);
export const rosterCodec: Codec<Roster> = struct({
  height: uint(),
  members: list(
    struct<MemberRecord>({
      votedAt: uint(),
      votes: uint(),
      failures: uint(LEADER_FAILURES_MAX),
      skippedSince: nullable(uint()),
    }),
    MEMBERS_MAX,
    1,
  ),
  skippedNow: skippedCodec,
  skippedNext: skippedCodec,
});

/**
 * "leader(height, view) [...] reads certificates up to height - 2 only. A member is skipped only if its own last 3 views
 * as leader failed and it appears in none of the last 100 certificates; at most f are skipped, never for more than 1,000
 * heights" (protocol section 5.4).
 * @param turns of the height before the block that is executed.
 */
export function nextRoster(roster: Roster, turns: Turns, faultyMax: number): Roster {
  const nextHeight = turns.height + 2;
  const judged = roster.members.map((record, member) => afterTurns(record, member, turns, nextHeight));
  const absent = judged
    .map(({ votedAt, failures }, member) => ({ member, votedAt, failures }))
    .filter(({ votedAt, failures }) => {
      return failures >= LEADER_FAILURES_MAX && turns.height - votedAt >= LEADER_ABSENCE_HEIGHTS;
    })
    .sort((a, b) => a.votedAt - b.votedAt || a.member - b.member)
    .slice(0, faultyMax);
  const skippedNext = absent.map(({ member }) => member).sort((a, b) => a - b);
  const members = judged.map((record, member) => ({
    ...record,
    skippedSince: skippedNext.includes(member) ? (record.skippedSince ?? nextHeight) : null,
  }));
  return { height: turns.height, members, skippedNow: roster.skippedNext, skippedNext };
}

function afterTurns(record: MemberRecord, member: MemberIndex, turns: Turns, nextHeight: number): MemberRecord {
  const failed = turns.failed.filter((each) => each === member).length;
  const isOver = record.skippedSince !== null && nextHeight - record.skippedSince >= LEADER_SKIP_HEIGHTS_MAX;
  // Whoever was skipped long enough gets its turns again, and is skipped again only if it fails them.
  const failures = turns.led === member || isOver ? 0 : Math.min(record.failures + failed, LEADER_FAILURES_MAX);
  const hasVoted = turns.voters.includes(member);
  const votedAt = hasVoted ? turns.height : record.votedAt;
  const votes = record.votes + (hasVoted ? 1 : 0);
  return { votedAt, votes, failures, skippedSince: isOver ? null : record.skippedSince };
}

/**
 * Counts the credits of a block after its turns: who is skipped at the height above it was decided before they came, so
 * that a credit in block h is first read for height h + 2.
 * @param credits accepted in one block.
 */
export function withCredits(
  roster: Roster,
  credits: readonly { readonly member: MemberIndex; readonly height: number }[],
): Roster {
  if (credits.length === 0) return roster;
  const members = roster.members.map((record, member) => {
    const heights = credits.filter((credit) => credit.member === member).map(({ height }) => height);
    if (heights.length === 0) return record;
    return { ...record, votedAt: Math.max(record.votedAt, ...heights), votes: record.votes + heights.length };
  });
  return { ...roster, members };
}
