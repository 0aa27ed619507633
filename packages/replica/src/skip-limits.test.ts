import { leaderOf } from '@cairn/consensus';
import { sha256Hash } from '@cairn/crypto';
import { commit, type DecodedItem, execute, genesisState, type Turns } from '@cairn/ledger';
import { type Hash, type MemberIndex, quorumOf, Rng, type Signature, utf8 } from '@cairn/primitives';
import { type Genesis, LEADER_FAILURES_MAX, LEADER_SKIP_HEIGHTS_MAX } from '@cairn/protocol';
import { describe, expect, it } from 'vitest';
import { CREDIT_SPACING_HEIGHTS } from './creditor.ts';

const HEIGHTS = 3000;
const NO_SIGNATURE = '0'.repeat(128) as Signature;

/** Of one member: at how many heights it was skipped, and the most in a row. */
interface Skips {
  readonly total: number;
  readonly longest: number;
}

/**
 * Liars that choose what each certificate says, as far as q votes go: never a vote of the target, and every view of it
 * fails, and of the dead. The schedule is that of the chain: ledger and leader() as they are.
 */
function steered(by: {
  readonly memberCount: number;
  readonly target: MemberIndex;
  readonly dead: readonly MemberIndex[];
  readonly isCredited: boolean;
}): readonly Skips[] {
  const { memberCount, target, dead } = by;
  const { faulty, certified } = quorumOf(memberCount);
  const rng = new Rng(9);
  const state = genesisState(genesisOf(memberCount));
  const alive = Array.from({ length: memberCount }, (_, member) => member).filter((member) => !dead.includes(member));
  const runs = Array.from({ length: memberCount }, () => ({ total: 0, now: 0, longest: 0 }));
  for (let height = 1; height <= HEIGHTS; height++) {
    const leader = (at: number, view: number, skipped: readonly MemberIndex[]) =>
      leaderOf({ height: at, view, memberCount, faulty, skipped: new Set(skipped) });
    const turns =
      height === 1 ? null : turnsOf(height - 1, (view) => leader(height - 1, view, state.roster.skippedNow));
    const items = by.isCredited && height % CREDIT_SPACING_HEIGHTS === 0 ? creditsOf(height) : [];
    const batches = [{ id: hashOf(-height), author: target, seq: height, baseHeight: height - 1, items }];
    commit(state, execute(state, { height, time: state.time + 1, leader: 0, epoch: 0, turns, batches }));
    const { skippedNext } = state.roster;
    // "at most f are skipped [...] and from view f + 1 on nobody is"
    expect(skippedNext.length).toBeLessThanOrEqual(faulty);
    const late = Array.from({ length: memberCount }, (_, i) => leader(height + 1, faulty + 1 + i, skippedNext));
    expect(new Set(late).size).toBe(memberCount);
    runs.forEach((run, member) => {
      run.now = skippedNext.includes(member) ? run.now + 1 : 0;
      run.total += Math.sign(run.now);
      run.longest = Math.max(run.longest, run.now);
    });
  }
  return runs;

  function turnsOf(height: number, leaderAt: (view: number) => MemberIndex): Turns {
    const failed: MemberIndex[] = [];
    const fails = (member: MemberIndex) => member === target || dead.includes(member);
    while (fails(leaderAt(failed.length))) failed.push(leaderAt(failed.length));
    const willing = alive.filter((member) => member !== target);
    const voters = rng
      .shuffled(willing)
      .slice(0, Math.max(certified, 1))
      .sort((a, b) => a - b);
    return { height, blockHash: hashOf(height), failed, led: leaderAt(failed.length), voters };
  }

  function creditsOf(height: number): DecodedItem[] {
    const heights = Array.from({ length: CREDIT_SPACING_HEIGHTS }, (_, i) => height - 2 - i).filter((of) => of >= 1);
    return heights.map((of) => {
      const credit = { epoch: 0, height: of, view: 0, member: target, blockHash: hashOf(of), signature: NO_SIGNATURE };
      return { kind: 'credit', id: sha256Hash(utf8(`credit ${of}`)), credit };
    });
  }
}

/** As much of a network as the ledger asks for. */
function genesisOf(memberCount: number): Genesis {
  const members = Array.from({ length: memberCount }, (_, i) => ({ identityKey: sha256Hash(utf8(`member ${i}`)) }));
  return { createdAt: 0, members, feeds: [], parameters: { epochBlocks: HEIGHTS } } as unknown as Genesis;
}

function hashOf(height: number): Hash {
  return sha256Hash(utf8(`block ${height}`));
}

describe('the limits of skipping leaders (5.4)', () => {
  it.each([
    { memberCount: 4, dead: [] },
    { memberCount: 7, dead: [2] },
    { memberCount: 10, dead: [0, 4] },
  ])('of $memberCount members, $dead down, one that posts credits is never skipped', ({ memberCount, dead }) => {
    const skips = steered({ memberCount, target: 1, dead, isCredited: true });
    expect(skips[1]).toMatchObject({ total: 0 });
    // The dead are, and get their turns back in time.
    for (const member of dead) expect(skips[member]?.total, `member ${member}`).toBeGreaterThan(HEIGHTS / 2);
    for (const { longest } of skips) expect(longest).toBeLessThanOrEqual(LEADER_SKIP_HEIGHTS_MAX);
  });

  it('canary: one that posts none is, for 1,000 heights at a time', () => {
    const skips = steered({ memberCount: 4, target: 1, dead: [], isCredited: false });
    expect(skips[1]).toMatchObject({ longest: LEADER_SKIP_HEIGHTS_MAX });
    expect(skips[1]?.total).toBeGreaterThan(HEIGHTS - 200 - 2 * LEADER_FAILURES_MAX * 4);
    for (const member of [0, 2, 3]) expect(skips[member]).toMatchObject({ total: 0 });
  });
});
