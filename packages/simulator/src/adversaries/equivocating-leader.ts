import type { MemberIndex } from '@cairn/primitives';
import type { Behaviour } from './behaviour.ts';
import type { Rogue } from './rogue.ts';

/** Shows one block to some members and another to the rest, fresh or re-proposed, and to a few both. */
export function equivocatingLeader(me: Rogue): Behaviour {
  return {
    name: 'equivocating-leader',
    onSend(sending) {
      const { message, to } = sending;
      if (message.kind !== 'proposal' || message.height !== me.chain.nextHeight) return [sending];
      const left: MemberIndex[] = [];
      const right: MemberIndex[] = [];
      for (const member of to) {
        const lot = member === me.member ? 0 : me.rng.integer(0, 4);
        if (lot <= 2) left.push(member);
        if (lot >= 2) right.push(member);
      }
      return [
        { message, to: left },
        { message: { ...message, block: me.otherBlock() }, to: right },
      ];
    },
  };
}
