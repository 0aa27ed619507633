import type { Behaviour } from './behaviour.ts';
import type { Rogue } from './rogue.ts';

/** Speaks of heights that nobody has reached, so that others think that they are behind. */
export function farClaimant(me: Rogue): Behaviour {
  return {
    name: 'far-claimant',
    onTick() {
      if (!me.isUp || !me.rng.chance(0.3)) return;
      const { epochBlocks } = me.world.genesis.parameters;
      const height = me.position.height + me.rng.pick([1, 2, 10, 100_000]);
      const epoch = Math.floor((height - 1) / epochBlocks);
      me.send(me.timeoutVote({ epoch, height, view: 0 }, null, null), me.others);
    },
    // It has nothing to show for it.
    onPacket: (packet) => packet.kind !== 'fetch-certified',
  };
}
