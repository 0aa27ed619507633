import type { UnsignedAgreement } from '@cairn/protocol';
import type { Behaviour } from './behaviour.ts';
import type { Rogue } from './rogue.ts';

function withholding(name: string, kind: UnsignedAgreement['kind']): (me: Rogue) => Behaviour {
  return (me) => ({
    name,
    onSend(sending) {
      if (sending.message.kind !== kind) return [sending];
      // To itself, so that its engine goes on; to one other now and then, so that the network is split over it.
      const to = sending.to.filter((member) => member === me.member || me.rng.chance(0.1));
      return to.length === 0 ? [] : [{ ...sending, to }];
    },
    onPacket: (packet) => kind !== 'certified-block' || packet.kind !== 'fetch-certified',
  });
}

/** Leads in silence. */
export const proposalWithholder = withholding('proposal-withholder', 'proposal');
/** Votes, and then does not sign. */
export const shareWithholder = withholding('share-withholder', 'signature-share');
/** Certifies, and keeps it to itself. */
export const certifiedWithholder = withholding('certified-withholder', 'certified-block');

/** Proposes batches that nobody else has, and gives them to nobody. */
export function batchWithholder(me: Rogue): Behaviour {
  return {
    name: 'batch-withholder',
    onBatch: (_batch, to) => to.filter(() => me.rng.chance(0.1)),
    onPacket: (packet) => packet.kind !== 'fetch-batches',
  };
}
