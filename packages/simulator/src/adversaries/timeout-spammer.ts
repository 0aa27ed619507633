import type { Behaviour } from './behaviour.ts';
import type { Rogue } from './rogue.ts';

/** Gives up every view as soon as it is there, and views of the future that it never entered. */
export function timeoutSpammer(me: Rogue): Behaviour {
  return {
    name: 'timeout-spammer',
    onTick() {
      if (!me.isUp) return;
      const at = me.position;
      if (at.view === 0) me.send(me.timeoutVote(at, null, null), me.others);
      const later = { ...at, view: at.view + me.rng.integer(1, 4) };
      if (me.rng.chance(0.2)) me.send(me.timeoutVote(later, null, null), me.others);
    },
    onSend(sending) {
      const { message } = sending;
      // The engine's own vote of a later view comes with a true entry: it is sent twice as often, and at once.
      return message.kind === 'timeout-vote' ? [sending, sending] : [sending];
    },
  };
}
