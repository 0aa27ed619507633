import type { MemberIndex } from '@cairn/primitives';
import type { AgreementMessage } from '@cairn/protocol';
import type { Packet } from './sim-host.ts';
import type { World } from './world.ts';

/** What an adversary that rules the network does with a packet. */
export type Verdict = 'pass' | 'drop' | 'hold';

interface Held {
  readonly from: MemberIndex;
  readonly to: MemberIndex;
  readonly packet: Packet;
}

/** A schedule that is steered and not left to chance: every packet is passed, dropped, or held until it is let go. */
export class Steering {
  readonly #world: World;
  #held: Held[] = [];
  /** Asked of every packet until the network heals; `message` is null for what is no agreement message. */
  judge: (from: MemberIndex, to: MemberIndex, message: AgreementMessage | null, packet: Packet) => Verdict = () =>
    'pass';

  constructor(world: World) {
    this.#world = world;
    const transmit = world.transmit;
    world.transmit = (from, to, packet) => {
      const verdict = this.judge(from, to, this.#messageIn(packet), packet);
      if (verdict === 'hold') this.#held.push({ from, to, packet });
      return verdict === 'pass' ? transmit(from, to, packet) : [];
    };
    world.onHeal.push(() => {
      this.judge = () => 'pass';
      this.release();
    });
  }

  /** Held packets go on their way. */
  release(): void {
    const held = this.#held;
    this.#held = [];
    for (const { from, to, packet } of held) this.#world.send(from, to, packet);
  }

  #messageIn(packet: Packet): AgreementMessage | null {
    if (packet.kind !== 'agreement') return null;
    const opened = this.#world.openMessage(packet.bytes);
    return opened.ok ? opened.message : null;
  }
}
