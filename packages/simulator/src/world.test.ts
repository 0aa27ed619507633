import { describe, expect, it } from 'vitest';
import { SIM_FEED, Workload } from './workload.ts';
import { World } from './world.ts';

function quietWorld(seed: number, memberCount = 4, isRealFrost = false): { world: World; workload: Workload } {
  const world = new World({ seed, memberCount, feeds: [SIM_FEED], isRealFrost });
  return { world, workload: new Workload(world, 8) };
}

describe('a network without faults', () => {
  it.each([
    [4, false],
    [7, false],
    [4, true],
  ])('%i members certify reports and windows (real FROST: %s)', (memberCount, isRealFrost) => {
    const { world, workload } = quietWorld(1, memberCount, isRealFrost);
    const codes = new Map<string, number>();
    let results = 0;
    world.onCommit.push((member, commit) => {
      if (member !== 0) return;
      for (const { code } of commit.receipts) codes.set(code, (codes.get(code) ?? 0) + 1);
      results += commit.results.length;
    });
    const refusals: unknown[] = [];
    world.onEvent.push((member, event) => {
      if (event.kind === 'refused' || event.kind === 'timed-out' || event.kind === 'halted')
        refusals.push({ member, ...event });
    });
    world.startAll();
    workload.register(0);
    world.runUntil(() => Math.min(...world.heights) >= 1, { withinMs: 5000 });
    workload.run({ perSecond: 50, durationMs: 5000 });
    const accepted = () => codes.get('accepted') ?? 0;
    world.runUntil(() => accepted() >= 8 + 249 && results >= 5, { withinMs: 20_000 });
    expect(refusals).toEqual([]);
    expect([...codes.keys()]).toEqual(['accepted']);
    world.runUntil(() => new Set(world.heights).size === 1, { withinMs: 5000 });
    const height = Math.min(...world.heights);
    expect(new Set(world.nodes.map((node) => node.disk.commits.get(height)?.blockHash)).size).toBe(1);
  });
});
