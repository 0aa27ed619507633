import type { Behaviour } from './behaviour.ts';
import type { Rogue } from './rogue.ts';

/** Sends scalars that are no shares. */
export function invalidSharer(me: Rogue): Behaviour {
  return {
    name: 'invalid-sharer',
    onSend(sending) {
      const { message } = sending;
      if (message.kind !== 'signature-share') return [sending];
      // Below the group's order, so that it passes for a scalar.
      const z = me.rng.bytes(32);
      z[31] = 0;
      return [{ ...sending, message: { ...message, z } }];
    },
  };
}
