import type { Hash } from '@cairn/primitives';
import {
  type Block,
  blockHash,
  checkpointText,
  type SignatureShare,
  type SignRequest,
  signRequestHash,
} from '@cairn/protocol';
import type { Behaviour } from './behaviour.ts';
import type { Rogue } from './rogue.ts';

/** Uses one nonce for everything, and signs whatever it is asked to. */
export function nonceReuser(me: Rogue): Behaviour {
  const points = me.commit();
  const commitment = { member: me.member, ...points };
  let seen: { readonly hash: Hash; readonly block: Block } | null = null;
  const answer = (request: SignRequest, block: Block): void => {
    const z = me.share(request, checkpointText(me.chain.checkpointOf(block)));
    if (z === null) return;
    const { epoch, height, view } = request;
    const share = me.seal<SignatureShare>({
      kind: 'signature-share',
      epoch,
      height,
      view,
      member: me.member,
      signRequestHash: signRequestHash(request),
      z,
      nextCommitment: commitment,
    });
    me.send(share, [request.member]);
  };
  return {
    name: 'nonce-reuser',
    onSend: (sending) =>
      sending.message.kind === 'prepare-vote'
        ? [{ ...sending, message: { ...sending.message, commitment } }]
        : [sending],
    onPacket(packet) {
      const message = me.messageIn(packet);
      if (message?.kind === 'proposal') seen = { hash: blockHash(message.block), block: message.block };
      if (message?.kind !== 'sign-request') return true;
      if (seen?.hash === message.blockHash && message.height === me.chain.nextHeight) answer(message, seen.block);
      return false;
    },
  };
}
