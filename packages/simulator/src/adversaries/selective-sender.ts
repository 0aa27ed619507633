import type { MemberIndex } from '@cairn/primitives';
import type { Behaviour } from './behaviour.ts';
import type { Rogue } from './rogue.ts';

/** Speaks to some members only, another choice every now and then: it splits the network over itself. */
export function selectiveSender(me: Rogue): Behaviour {
  let favoured = new Set<MemberIndex>(me.others);
  const choose = (): void => {
    favoured = new Set(me.others.filter(() => me.rng.chance(0.5)));
  };
  choose();
  return {
    name: 'selective-sender',
    onSend: (sending) => [{ ...sending, to: sending.to.filter((to) => to === me.member || favoured.has(to)) }],
    onBatch: (_batch, to) => to.filter((member) => favoured.has(member)),
    onTick() {
      if (me.rng.chance(0.1)) choose();
    },
  };
}
