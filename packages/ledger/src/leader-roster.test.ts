import { Rng } from '@cairn/primitives';
import { describe, expect, it } from 'vitest';
import { newRoster, nextRoster, type Roster, type Turns } from './leader-roster.ts';

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
    const turns = { height, failed, led: isItsTurn ? 0 : height % 3, voters: ALL.filter((m) => m !== DEAD) };
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
      roster = nextRoster(roster, { height, failed, led: rng.integer(0, 6), voters }, 2);
      expect(roster.skippedNext.length).toBeLessThanOrEqual(2);
      for (const member of roster.skippedNext) expect(height - (votedAt.get(member) ?? 0)).toBeGreaterThanOrEqual(100);
      skipped += roster.skippedNext.length;
    }
    expect(skipped).toBeGreaterThan(100);
  });
});
