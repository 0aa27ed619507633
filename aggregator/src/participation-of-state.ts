import type { Participation } from '@cairn/http';
import type { LedgerState } from '@cairn/ledger';

/**
 * Who took part in the last blocks, as the state counts it (protocol section 5.4): each block carries its parent's
 * certificate, and credits bring in the votes that it lacks. A block's own certificate proves nothing of the kind.
 */
export function participationOf({ votes, roster }: Pick<LedgerState, 'votes' | 'roster'>): Participation {
  const heights = [...votes.values()];
  const members = roster.members.map(({ votedAt }, index) => {
    const counted = heights.filter((height) => height.members.includes(index));
    return { index, votes: counted.length, lastVotedHeight: votedAt === 0 ? null : votedAt };
  });
  return { window: heights.length, members };
}
