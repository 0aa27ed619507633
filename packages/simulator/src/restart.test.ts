import { expect, it } from 'vitest';
import { ReExecution, Reports } from './checkers/index.ts';
import { SIM_FEED, Workload } from './workload.ts';
import { World } from './world.ts';

function watchedWorld(): { world: World; workload: Workload; reports: Reports; follower: ReExecution } {
  const world = new World({ seed: 1, memberCount: 4, feeds: [SIM_FEED], isRealFrost: false });
  const workload = new Workload(world, 2);
  const follower = new ReExecution(world.genesis, world.door, world.scheme);
  const reports = new Reports(workload, (id) => follower.receipts.get(id));
  world.checkers.push(follower, reports);
  return { world, workload, reports, follower };
}

// Seed 30 found it: the items came back from disk, and waited for the next device to have a batch made.
it('packs the reports of a member that died between acknowledging and packing them', () => {
  const { world, workload, reports } = watchedWorld();
  world.startAll();
  workload.register(2);
  expect(reports.open.length).toBe(2);
  world.crash(2, 'killed');
  world.start(2);
  expect(world.run(() => reports.open.length === 0, { withinMs: 5000 })).toBe(true);
});
