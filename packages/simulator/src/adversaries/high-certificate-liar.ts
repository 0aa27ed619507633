import type { TimeoutVote } from '@cairn/protocol';
import type { Behaviour } from './behaviour.ts';
import { certificateOf } from './coalition.ts';
import type { Rogue } from './rogue.ts';

/** Says that it knows of no certificate, names ones that do not exist, and leads with the lowest that it can show. */
export function highCertificateLiar(me: Rogue): Behaviour {
  const heard = new Map<string, Map<number, TimeoutVote>>();
  return {
    name: 'high-certificate-liar',
    onPacket(packet) {
      const message = me.messageIn(packet);
      if (message?.kind !== 'timeout-vote') return true;
      const key = `${message.height}/${message.view}`;
      const votes = heard.get(key) ?? new Map<number, TimeoutVote>();
      heard.set(key, votes.set(message.member, message));
      if (heard.size > 8) heard.delete(heard.keys().next().value as string);
      return true;
    },
    onSend(sending) {
      const { message, to } = sending;
      if (message.kind === 'timeout-vote') {
        me.send(me.timeoutVote(message, null, message.entry), to);
        return [];
      }
      if (message.kind !== 'proposal' || message.timeoutCertificate === null) return [sending];
      const before = { ...message.timeoutCertificate };
      const votes = [...(heard.get(`${before.height}/${before.view}`)?.values() ?? [])];
      const own = me.timeoutVote(before, null, null);
      const lowest = [...votes].sort((a, b) => a.highView - b.highView);
      const chosen = [...lowest.slice(0, me.world.door.quorum.certified - 1), own];
      const timeoutCertificate = certificateOf(before, chosen);
      return [{ message: { ...message, timeoutCertificate, block: me.otherBlock() }, to }, sending];
    },
  };
}
