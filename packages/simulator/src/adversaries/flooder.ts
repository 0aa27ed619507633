import type { Packet } from '../sim-host.ts';
import type { Behaviour } from './behaviour.ts';
import type { Rogue } from './rogue.ts';

const PER_TICK = 20;

/** Sends one member as much as it can: votes of views and heights to come, and requests for everything. */
export function flooder(me: Rogue): Behaviour {
  const one = (): Packet => {
    const { epoch, height, view } = me.position;
    switch (me.rng.integer(0, 3)) {
      case 0:
        return { kind: 'fetch-certified', fromHeight: 1, toHeight: Number.MAX_SAFE_INTEGER };
      case 1:
        return { kind: 'fetch-batches', ids: [] };
      case 2: {
        const vote = me.timeoutVote({ epoch, height: height + me.rng.integer(0, 3), view: 0 }, null, null);
        return me.packetOf(vote);
      }
      default:
        return me.packetOf(me.prepareVote({ epoch, height, view: view + me.rng.integer(0, 5) }, me.chain.tip.hash));
    }
  };
  return {
    name: 'flooder',
    onTick() {
      if (!me.isUp || !me.rng.chance(0.2)) return;
      const victim = me.rng.pick(me.others);
      for (let i = 0; i < PER_TICK; i++) me.world.send(me.member, victim, one());
    },
  };
}
