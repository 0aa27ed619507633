import type { MemberIndex } from '@cairn/primitives';
import type { SimNode } from '../sim-node.ts';
import type { Behaviour } from './behaviour.ts';
import type { Rogue } from './rogue.ts';

/**
 * Runs a second process with the same keys and another disk (after Bano et al., Twins, 2021): each of the two is honest by
 * itself, and hears and speaks to its own part of the network, which changes now and then. Together they propose, vote,
 * sign and time out twice.
 */
export function twin(me: Rogue): Behaviour {
  let second: SimNode | null = null;
  /** Members that the second process talks with; the first has the others. */
  let side = new Set<MemberIndex>();
  const choose = (): void => {
    side = new Set(me.others.filter(() => me.rng.chance(0.5)));
  };
  const start = (): SimNode => {
    const node = me.world.twinOf(me.member);
    node.behaviour = {
      name: 'twin-of',
      onSend: (sending) => [{ ...sending, to: sending.to.filter((to) => to === me.member || side.has(to)) }],
      onBatch: (_batch, to) => to.filter((member) => side.has(member)),
    };
    node.start(me.world.nowMs);
    return node;
  };
  choose();
  return {
    name: 'twin',
    onSend: (sending) => [{ ...sending, to: sending.to.filter((to) => to === me.member || !side.has(to)) }],
    onBatch: (_batch, to) => to.filter((member) => !side.has(member)),
    onPacket(packet, from) {
      const isForBoth = me.rng.chance(0.2);
      if (side.has(from) || isForBoth) second?.onPacket(packet, from, me.world.nowMs);
      return !side.has(from) || isForBoth;
    },
    onTick() {
      if (second === null || !second.isUp) second = start();
      if (me.rng.chance(0.03)) choose();
    },
  };
}
