import { describe, expect, it } from 'vitest';
import { SIM_FEED, Workload } from './workload.ts';
import { World } from './world.ts';

const DEAD = 3;

describe('a member that is away (5.4)', () => {
  it('stops costing a timeout in each rotation, and leads again once it votes again', { timeout: 60_000 }, () => {
    const world = new World({ seed: 2, memberCount: 4, feeds: [SIM_FEED], isRealFrost: false });
    const workload = new Workload(world, 4);
    const timeouts: number[] = [];
    const leaders = new Map<number, number>();
    world.onEvent.push((member, event) => {
      if (member === 0 && event.kind === 'timed-out') timeouts.push(event.height);
    });
    world.onCommit.push((member, { height, certified }) => {
      if (member === 0) leaders.set(height, certified.block.header.leader);
    });
    world.startAll();
    workload.register(0);
    world.runUntil(() => Math.min(...world.heights) >= 1, { withinMs: 5000 });
    world.crash(DEAD, 'gone');
    workload.run({ perSecond: 10, durationMs: 200_000 });
    const heightOf = (member: number) => world.node(member).replica?.height ?? 0;
    world.runUntil(() => heightOf(0) >= 150, { withinMs: 200_000 });
    const early = timeouts.filter((height) => height <= 100).length;
    expect(early).toBeGreaterThan(15);
    expect(timeouts.filter((height) => height > 110)).toEqual([]);

    // A restart reads the schedule from its disk.
    world.crash(1, 'restart');
    world.start(1);
    world.start(DEAD);
    world.runUntil(() => heightOf(0) >= 190 && heightOf(DEAD) >= 190, { withinMs: 100_000 });
    expect([...leaders].some(([height, leader]) => height > 150 && leader === DEAD)).toBe(true);
    const [first] = world.nodes.map(({ replica }) => replica?.chain.state.roster.skippedNext);
    expect(first).toEqual([]);
  });
});
