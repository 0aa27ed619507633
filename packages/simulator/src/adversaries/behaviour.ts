import type { MemberIndex } from '@cairn/primitives';
import type { Batch, UnsignedAgreement } from '@cairn/protocol';
import type { Packet } from '../sim-host.ts';

/** A message on its way out, before it is sealed. */
export interface Sending {
  readonly message: UnsignedAgreement;
  readonly to: readonly MemberIndex[];
}

/**
 * How a Byzantine member differs from an honest one. It runs the honest engine; a behaviour changes what leaves, what
 * the engine sees, and may act by itself. Behaviours of one member compose: each gets what the one before it lets out.
 */
export interface Behaviour {
  readonly name: string;
  /** @returns what leaves in its place. */
  onSend?(sending: Sending): readonly Sending[];
  /** @returns which members get this batch of its own or another's. */
  onBatch?(batch: Batch, to: readonly MemberIndex[]): readonly MemberIndex[];
  /** @returns whether the engine gets to see it. */
  onPacket?(packet: Packet, from: MemberIndex): boolean;
  /** Called now and then, while the member is up. */
  onTick?(): void;
}

/** Several behaviours as one. */
export function compose(behaviours: readonly Behaviour[]): Behaviour {
  return {
    name: behaviours.map(({ name }) => name).join('+'),
    onSend: (sending) =>
      behaviours.reduce<readonly Sending[]>(
        (sendings, behaviour) => sendings.flatMap((one) => behaviour.onSend?.(one) ?? [one]),
        [sending],
      ),
    onBatch: (batch, to) =>
      behaviours.reduce<readonly MemberIndex[]>((left, behaviour) => behaviour.onBatch?.(batch, left) ?? left, to),
    onPacket: (packet, from) => {
      // Each behaviour watches all packets, also those that another keeps from the engine.
      const seen = behaviours.map((behaviour) => behaviour.onPacket?.(packet, from) ?? true);
      return seen.every(Boolean);
    },
    onTick: () => {
      for (const behaviour of behaviours) behaviour.onTick?.();
    },
  };
}
