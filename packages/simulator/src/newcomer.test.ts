import type { MemberIndex } from '@cairn/primitives';
import { describe, expect, it } from 'vitest';
import { falseSnapshotServer } from './adversaries/index.ts';
import { Rogue } from './adversaries/rogue.ts';
import { Bounds, HonestVotes, NonceOnce, OneBlockPerHeight, ReExecution } from './checkers/index.ts';
import { Newcomer } from './newcomer.ts';
import { SIM_FEED, Workload } from './workload.ts';
import { World } from './world.ts';

const NEWCOMER = 3;
const LIAR = 1;
/** As in `simGenesis`. */
const EPOCH = 8;

/** Four members, of whom the last has never run; the others have come past the end of two epochs. */
function worldOf(seed: number, liar: MemberIndex | null) {
  const byzantine = new Set(liar === null ? [] : [liar]);
  const world = new World({ seed, memberCount: 4, feeds: [SIM_FEED], isRealFrost: false, byzantine });
  const workload = new Workload(world, 4);
  const follower = new ReExecution(world.genesis, world.door, world.scheme);
  const oneBlock = new OneBlockPerHeight((certified) => follower.isSigned(certified));
  world.checkers.push(oneBlock, new HonestVotes(), new NonceOnce(), follower, new Bounds(world));
  if (liar !== null) world.node(liar).behaviour = falseSnapshotServer(new Rogue(world, liar));
  for (const member of [0, 1, 2]) world.start(member);
  workload.register(0);
  workload.run({ perSecond: 20, durationMs: 300_000 });
  growTo(world, 2 * EPOCH + 3);
  return world;
}

function growTo(world: World, height: number): void {
  world.runUntil(() => Math.max(...world.heights) >= height, { withinMs: 60_000 });
}

function noteOf(world: World, height: number): string {
  return world.node(0).disk.commits.get(height)?.note ?? '';
}

describe('a member with an empty disk, beside a false-snapshot-server', () => {
  it.each(Array.from({ length: 6 }, (_, seed) => seed))(
    'begins with a snapshot, comes to the tip and votes (seed %i)',
    (seed) => {
      const world = worldOf(seed, LIAR);
      const voters: MemberIndex[] = [];
      const newcomer = new Newcomer(world, NEWCOMER, noteOf(world, 5));
      newcomer.begin();
      world.runUntil(() => newcomer.base !== null, { withinMs: 30_000 });
      expect(newcomer.failure).toBeNull();
      expect([newcomer.sync.isDropped(0), newcomer.sync.isDropped(2)]).toEqual([false, false]);
      expect(newcomer.base?.certified.block.header.height).toBe(EPOCH + 1);
      expect(world.node(NEWCOMER).disk.commits.has(EPOCH)).toBe(false);
      // From now on no quorum is without it: if it does not vote, nothing goes on.
      world.crash(2, 'maintenance');
      world.onCommit.push((_, { certified }) =>
        voters.push(...certified.certificate.votes.map(({ member }) => member)),
      );
      growTo(world, 4 * EPOCH);
      expect(voters).toContain(NEWCOMER);
      world.runUntil(() => world.node(NEWCOMER).replica?.height === world.node(0).replica?.height, {
        withinMs: 10_000,
      });
      expect(world.node(NEWCOMER).disk.snapshots.at(-1)?.root).toBe(world.node(0).disk.snapshots.at(-1)?.root);
    },
  );

  it('has nothing on its disk before all is checked, and begins again after a crash', () => {
    const world = worldOf(1, null);
    const first = new Newcomer(world, NEWCOMER, noteOf(world, 5));
    world.call(() => first.begin(), 0);
    world.runUntil(() => first.sync.progress.height !== null, { withinMs: 5000 });
    expect(world.node(NEWCOMER).disk.tipHeight).toBe(0);
    // The process dies here: what it has in memory is gone, and no answer reaches it.
    const second = new Newcomer(world, NEWCOMER, noteOf(world, 5));
    second.begin();
    world.runUntil(() => second.base !== null, { withinMs: 5000 });
    expect(first.base).toBeNull();
    expect(world.node(NEWCOMER).replica?.height).toBe(EPOCH + 1);
  });

  it('gives up, with a code and an empty disk, where all the others lie or are silent', () => {
    const world = worldOf(2, null);
    for (const member of [0, 1, 2]) world.node(member).behaviour = falseSnapshotServer(new Rogue(world, member));
    const newcomer = new Newcomer(world, NEWCOMER, noteOf(world, 5));
    newcomer.begin();
    world.runUntil(() => newcomer.failure !== null, { withinMs: 200_000 });
    expect(newcomer.failure).toBe('SNAPSHOT_SOURCE_MISSING');
    expect(world.node(NEWCOMER).disk.tipHeight).toBe(0);
  });
});
