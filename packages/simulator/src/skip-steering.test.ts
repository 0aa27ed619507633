import { type MemberIndex, quorumOf } from '@cairn/primitives';
import { describe, expect, it } from 'vitest';
import { Rogue } from './adversaries/rogue.ts';
import { skipSteerer } from './adversaries/skip-steerer.ts';
import { victimsOf } from './adversaries/vote-omitter.ts';
import { Participation } from './checkers/index.ts';
import { Steering } from './steering.ts';
import { SIM_FEED, Workload } from './workload.ts';
import { World } from './world.ts';

interface Steered {
  /** Who was ever skipped, by any honest member's schedule. */
  readonly skipped: ReadonlySet<MemberIndex>;
  readonly victims: readonly MemberIndex[];
  /** Of all members, as the state of an honest one counts them. */
  readonly votes: readonly number[];
  readonly height: number;
}

/**
 * f liars and a network on their side: no vote and no proposal of the victims ever arrives, so that all their views fail
 * and no certificate has their votes. Only their batches get through, or not even those.
 */
function steer(
  memberCount: number,
  by: { readonly liars: readonly MemberIndex[]; readonly creditsPass: boolean },
): Steered {
  const byzantine = new Set(by.liars);
  const world = new World({
    seed: 5,
    memberCount,
    feeds: [SIM_FEED],
    isRealFrost: false,
    viewTimeoutMs: 250,
    byzantine,
  });
  world.checkers.push(new Participation(byzantine));
  const rogues = by.liars.map((member) => new Rogue(world, member));
  const victims = victimsOf(rogues[0] as Rogue);
  for (const rogue of rogues) world.node(rogue.member).behaviour = skipSteerer(rogue);
  new Steering(world).judge = (from, _to, message, packet) => {
    if (!victims.has(from)) return 'pass';
    if (packet.kind === 'batch') return by.creditsPass ? 'pass' : 'drop';
    return message?.kind === 'prepare-vote' || message?.kind === 'proposal' ? 'drop' : 'pass';
  };
  const skipped = new Set<MemberIndex>();
  const witness = world.honest[0]?.self ?? 0;
  const { faulty } = quorumOf(memberCount);
  world.onCommit.push((member) => {
    if (byzantine.has(member)) return;
    const roster = world.node(member).replica?.chain.state.roster;
    for (const each of roster?.skippedNext ?? []) skipped.add(each);
    expect(roster?.skippedNext.length).toBeLessThanOrEqual(faulty);
  });
  world.startAll();
  const workload = new Workload(world, 2);
  workload.register(witness);
  workload.run({ perSecond: 8, durationMs: 300_000 });
  world.runUntil(() => (world.node(witness).replica?.height ?? 0) >= 150, { withinMs: 300_000 });
  const { chain } = world.node(witness).replica ?? expect.fail('the witness is up');
  const votes = chain.state.roster.members.map((record) => record.votes);
  return { skipped, victims: [...victims], votes, height: chain.tip.header.height };
}

describe('f liars and the network, against the turns of honest members (5.4)', () => {
  it.each([
    { memberCount: 4, liars: [0] },
    { memberCount: 7, liars: [0, 1] },
  ])(
    'of $memberCount members none is skipped that votes and posts credits',
    ({ memberCount, liars }) => {
      const { skipped, victims, votes, height } = steer(memberCount, { liars, creditsPass: true });
      expect([...skipped]).toEqual([]);
      // What they voted for counts, but for what waits for its posting.
      for (const victim of victims) expect(votes[victim], `member ${victim}`).toBeGreaterThan(height / 2);
    },
    60_000,
  );

  it('canary: without their credits they are', () => {
    const { skipped, victims, votes } = steer(4, { liars: [0], creditsPass: false });
    expect([...skipped]).toEqual(victims);
    for (const victim of victims) expect(votes[victim]).toBe(0);
  }, 60_000);
});
