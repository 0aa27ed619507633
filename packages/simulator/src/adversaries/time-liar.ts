import type { Behaviour } from './behaviour.ts';
import type { Rogue } from './rogue.ts';

/** Lives at the edges of what block times may be, a little inside and a little outside. */
const OFFSETS_MS = [-3000, -2050, -1950, 1900, 1990, 2050, 5000, 60_000];

/** Proposes with a clock that is wrong. */
export function timeLiar(me: Rogue): Behaviour {
  let offsetMs = me.rng.pick(OFFSETS_MS);
  return {
    name: 'time-liar',
    onTick() {
      if (me.rng.chance(0.05)) offsetMs = me.rng.pick(OFFSETS_MS);
      me.world.node(me.member).clockOffsetMs = offsetMs;
    },
  };
}
