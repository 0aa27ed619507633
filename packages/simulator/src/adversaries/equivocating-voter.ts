import { toHash } from '@cairn/primitives';
import type { Behaviour } from './behaviour.ts';
import type { Rogue } from './rogue.ts';

/** Votes for two blocks of one view, for two timeouts of one view, and goes on voting after its timeout. */
export function equivocatingVoter(me: Rogue): Behaviour {
  return {
    name: 'equivocating-voter',
    onSend(sending) {
      const { message, to } = sending;
      if (message.kind === 'prepare-vote') {
        const other = {
          ...message,
          blockHash: toHash(me.rng.bytes(32)),
          commitment: { member: me.member, ...me.commit() },
        };
        return [{ message: other, to }, sending];
      }
      if (message.kind === 'timeout-vote' && message.highCertificate !== null && me.rng.chance(0.5)) {
        const ignorant = me.timeoutVote(message, null, message.entry);
        me.send(ignorant, me.rng.shuffled(to).slice(0, me.rng.integer(1, to.length)));
      }
      return [sending];
    },
  };
}
