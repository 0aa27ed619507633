import { type MemberIndex, quorumOf } from '@cairn/primitives';
import type { CertifiedBlock } from '@cairn/protocol';
import type { Behaviour } from './behaviour.ts';
import type { Rogue } from './rogue.ts';

/** Whom all liars of a run are after: no more members than a quorum can do without. */
export function victimsOf(me: Rogue): ReadonlySet<MemberIndex> {
  const { faulty } = quorumOf(me.world.nodes.length);
  return new Set(me.world.honest.map(({ self }) => self).slice(-faulty));
}

/** Leaves the votes of some honest members out of every certificate that it makes, or carries as the next leader. */
export function voteOmitter(me: Rogue): Behaviour {
  const victims = victimsOf(me);
  return {
    name: 'vote-omitter',
    onPacket(packet) {
      const message = me.messageIn(packet);
      if (message?.kind === 'prepare-vote') return !victims.has(message.member);
      const stripped = message?.kind === 'certified-block' ? withoutVotes(message.certified, victims, me) : null;
      if (stripped === null) return true;
      // The group signature covers no votes: the engine gets, and passes on, a certificate with fewer.
      const own = me.packetOf({ kind: 'certified-block', certified: stripped });
      me.world.deliver(me.member, me.member, own, me.world.nowMs);
      return false;
    },
  };
}

/** @returns null when no vote can go. */
function withoutVotes(certified: CertifiedBlock, victims: ReadonlySet<MemberIndex>, me: Rogue): CertifiedBlock | null {
  const { certificate } = certified;
  let spare = certificate.votes.length - quorumOf(me.world.nodes.length).certified;
  const votes = certificate.votes.filter(({ member }) => !victims.has(member) || spare-- <= 0);
  if (votes.length === certificate.votes.length) return null;
  return { ...certified, certificate: { ...certificate, votes } };
}
