import type { Behaviour } from './behaviour.ts';
import type { Rogue } from './rogue.ts';
import { victimsOf, voteOmitter } from './vote-omitter.ts';

/** Wants honest members skipped as leaders: leaves their votes out, and has no part in the views that they lead. */
export function skipSteerer(me: Rogue): Behaviour {
  const victims = victimsOf(me);
  const { onPacket } = voteOmitter(me);
  const isLedByVictim = (view: number): boolean => victims.has(me.chain.leaderOf(view));
  return {
    name: 'skip-steerer',
    ...(onPacket ? { onPacket } : {}),
    onSend(sending) {
      const { message } = sending;
      const helps = message.kind === 'prepare-vote' || message.kind === 'signature-share';
      if (!helps || message.height !== me.chain.nextHeight) return [sending];
      return isLedByVictim(message.view) ? [] : [sending];
    },
    onTick() {
      if (!me.isUp) return;
      const at = me.position;
      if (at.view === 0 && isLedByVictim(0)) me.send(me.timeoutVote(at, null, null), me.others);
    },
  };
}
