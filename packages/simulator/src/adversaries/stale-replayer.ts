import { sha256Hash } from '@cairn/crypto';
import { encodeAgreementMessage, sealMessage } from '@cairn/protocol';
import { memberKey } from '../sim-genesis.ts';
import type { Behaviour } from './behaviour.ts';
import type { Rogue } from './rogue.ts';

const KEPT_MAX = 300;
const PER_TICK = 6;

/** Sends again what anyone said at other views and heights, and its own messages under the name of another network. */
export function staleReplayer(me: Rogue): Behaviour {
  const kept: Uint8Array[] = [];
  const otherNetwork = sha256Hash(me.rng.bytes(8));
  const keep = (bytes: Uint8Array): void => {
    if (kept.length < KEPT_MAX) kept.push(bytes);
    else kept[me.rng.integer(0, KEPT_MAX - 1)] = bytes;
  };
  return {
    name: 'stale-replayer',
    onPacket(packet) {
      if (packet.kind === 'agreement') keep(packet.bytes);
      return true;
    },
    onSend(sending) {
      const sign = (bytes: Uint8Array) => me.world.sign(memberKey(me.member), bytes);
      if (me.rng.chance(0.2)) keep(encodeAgreementMessage(sealMessage(otherNetwork, sending.message, sign)));
      return [sending];
    },
    onTick() {
      for (let i = 0; i < PER_TICK && kept.length > 0; i++) me.sendBytes(me.rng.pick(kept), [me.rng.pick(me.others)]);
    },
  };
}
