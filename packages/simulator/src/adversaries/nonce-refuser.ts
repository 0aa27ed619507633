import { type SignRequest, signRequestHash } from '@cairn/protocol';
import type { Behaviour } from './behaviour.ts';
import type { Rogue } from './rogue.ts';

/** Answers every SignRequest at once with `unknown nonce`, so that session after session dies. */
export function nonceRefuser(me: Rogue): Behaviour {
  const refuse = (request: SignRequest): void => {
    const { epoch, height, view } = request;
    const commitment = { member: me.member, ...me.commit() };
    const refusal = me.seal({
      kind: 'nonce-refusal',
      epoch,
      height,
      view,
      member: me.member,
      signRequestHash: signRequestHash(request),
      commitment,
    });
    me.send(refusal, [request.member]);
  };
  return {
    name: 'nonce-refuser',
    onPacket(packet) {
      const message = me.messageIn(packet);
      if (message?.kind !== 'sign-request') return true;
      refuse(message);
      return false;
    },
  };
}
