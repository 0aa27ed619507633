import type { Behaviour } from './behaviour.ts';
import type { Rogue } from './rogue.ts';

/** Sends noise, and what others sent with a few bytes changed, cut off, or put twice. */
export function garbageSender(me: Rogue): Behaviour {
  let sample: Uint8Array = new Uint8Array([0x82, 0, 0x80]);
  const mutated = (): Uint8Array => {
    const bytes = sample.slice();
    switch (me.rng.integer(0, 3)) {
      case 0:
        return me.rng.bytes(me.rng.integer(0, 300));
      case 1:
        return bytes.subarray(0, me.rng.integer(0, bytes.length));
      case 2: {
        const twice = new Uint8Array(2 * bytes.length);
        twice.set(bytes);
        twice.set(bytes, bytes.length);
        return twice;
      }
      default:
        for (let i = 0; i < 3; i++) bytes[me.rng.integer(0, bytes.length - 1)] = me.rng.integer(0, 255);
        return bytes;
    }
  };
  return {
    name: 'garbage-sender',
    onPacket(packet) {
      if ((packet.kind === 'agreement' || packet.kind === 'batch') && me.rng.chance(0.3)) sample = packet.bytes;
      return true;
    },
    onTick() {
      const kind = me.rng.pick(['agreement', 'batch'] as const);
      me.world.send(me.member, me.rng.pick(me.others), { kind, bytes: mutated() });
    },
  };
}
