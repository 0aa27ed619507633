import { Rng, ZERO_HASH } from '@cairn/primitives';
import { describe, expect, it } from 'vitest';
import { newRoster, nextRoster, type Roster, type Turns, withCredits } from './leader-roster.ts';

const ALL = [0, 1, 2, 3];
const DEAD = 3;

/** The certificates of heights `from` .. `to`: DEAD's turns fail, and its vote is nowhere, unless it is back. */
function follow(
  start: Roster,
  from: number,
  to: number,
  change: (height: number) => Partial<Turns> = () => ({}),
): Roster {
  let roster = start;
  for (let height = from; height <= to; height++) {
    const isItsTurn = height % 4 === DEAD && !roster.skippedNext.includes(DEAD);
    const failed = isItsTurn ? [DEAD] : [];
    const turns = {
      height,
      blockHash: ZERO_HASH,
      failed,
      led: isItsTurn ? 0 : height % 3,
      voters: ALL.filter((m) => m !== DEAD),
    };
    roster = nextRoster(roster, { ...turns, ...change(height) }, 1);
  }
  return roster;
}

describe('who leads (5.4)', () => {
  it('skips whoever failed its last 3 views and is in none of the last 100 certificates, two heights later', () => {
    expect(follow(newRoster(4), 1, 99).skippedNext).toEqual([]);
    const roster = follow(newRoster(4), 1, 100);
    expect(roster.skippedNext).toEqual([DEAD]);
    expect(roster.skippedNow).toEqual([]);
    expect(follow(roster, 101, 101).skippedNow).toEqual([DEAD]);
  });

  it('absence alone, or failure alone, costs nobody its turn', () => {
    expect(follow(newRoster(4), 1, 300, () => ({ failed: [] })).skippedNext).toEqual([]);
    expect(follow(newRoster(4), 1, 300, (height) => (height % 99 === 0 ? { voters: ALL } : {})).skippedNext).toEqual(
      [],
    );
    expect(
      follow(newRoster(4), 1, 300, (height) => (height % 8 === 7 ? { failed: [], led: DEAD } : {})).skippedNext,
    ).toEqual([]);
  });

  it('one vote brings it back', () => {
    const roster = follow(newRoster(4), 1, 150);
    expect(roster.skippedNext).toEqual([DEAD]);
    expect(follow(roster, 151, 151, () => ({ voters: ALL })).skippedNext).toEqual([]);
  });

  it('a credit keeps a turn as a certificate does, from the next decision on', () => {
    const roster = follow(newRoster(4), 1, 150);
    const credited = withCredits(roster, [{ member: DEAD, height: 149 }]);
    expect(credited.skippedNext).toEqual([DEAD]);
    expect(follow(credited, 151, 151).skippedNext).toEqual([]);
    expect(follow(withCredits(roster, [{ member: 0, height: 149 }]), 151, 151).skippedNext).toEqual([DEAD]);
    expect(credited.members.map(({ votes }) => votes)).toEqual([150, 150, 150, 1]);
    // An old vote that comes late says nothing against a newer one.
    expect(withCredits(roster, [{ member: 0, height: 90 }]).members[0]).toMatchObject({ votedAt: 150, votes: 151 });
  });

  it('is never for more than 1,000 heights: then it has to fail three more of its turns', () => {
    let roster = newRoster(4);
    let longest = 0;
    let run = 0;
    const gaps: number[] = [];
    for (let height = 1; height <= 3000; height++) {
      roster = follow(roster, height, height);
      if (roster.skippedNext.includes(DEAD)) run += 1;
      else if (run > 0) {
        gaps.push(height);
        run = 0;
      }
      longest = Math.max(longest, run);
    }
    expect(longest).toBe(1000);
    expect(gaps.length).toBeGreaterThan(1);
  });

  it('takes no more than f turns away, and none from who votes, whatever certificates say', () => {
    const rng = new Rng(3);
    let roster = newRoster(7);
    const votedAt = new Map<number, number>();
    let skipped = 0;
    for (let height = 1; height <= 2000; height++) {
      const voters = [0, 1, 2, 3, 4, 5, 6].filter((member) => member < 3 || rng.chance(0.01));
      for (const voter of voters) votedAt.set(voter, height);
      const failed = Array.from({ length: rng.integer(0, 6) }, () => rng.integer(0, 6));
      const turns = { height, blockHash: ZERO_HASH, failed, led: rng.integer(0, 6), voters };
      roster = nextRoster(roster, turns, 2);
      expect(roster.skippedNext.length).toBeLessThanOrEqual(2);
      for (const member of roster.skippedNext) expect(height - (votedAt.get(member) ?? 0)).toBeGreaterThanOrEqual(100);
      skipped += roster.skippedNext.length;
    }
    expect(skipped).toBeGreaterThan(100);
  });
});
