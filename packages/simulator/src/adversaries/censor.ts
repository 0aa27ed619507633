import { toHex } from '@cairn/primitives';
import { toyPublicKey } from '../toy-keys.ts';
import type { Behaviour } from './behaviour.ts';
import type { Rogue } from './rogue.ts';

/** Does as if one device did not exist: its engine never hears of batches that carry reports of it. */
export function censor(me: Rogue): Behaviour {
  const device = toyPublicKey('device-0');
  return {
    name: 'censor',
    onPacket: (packet) => packet.kind !== 'batch' || me.rng.chance(0.05) || !toHex(packet.bytes).includes(device),
  };
}
