import type { PublicKey, UnixMs } from '@cairn/primitives';
import {
  type Codec,
  type FeedDefinition,
  nullable,
  publicKey,
  type RegistrationBody,
  struct,
  uint,
  uint64,
} from '@cairn/protocol';

/** A device's standing in one feed. Immutable. */
export interface DeviceRegistration {
  readonly owner: PublicKey;
  readonly cell: bigint | null;
  /** Bounds of observedAt, both included. */
  readonly notBefore: UnixMs;
  readonly notAfter: UnixMs;
  readonly issuedAt: UnixMs;
  /** issuedAt of the revocation that stands; null: live. */
  readonly revocationIssuedAt: UnixMs | null;
  /** Largest notAfter that the device ever had here: until then the entry is kept, so that nothing old comes back. */
  readonly notAfterMax: UnixMs;
}

export const deviceRegistrationCodec: Codec<DeviceRegistration> = struct({
  owner: publicKey,
  cell: nullable(uint64),
  notBefore: uint(),
  notAfter: uint(),
  issuedAt: uint(),
  revocationIssuedAt: nullable(uint()),
  notAfterMax: uint(),
});

/** The entry that an accepted registration makes. */
export function registered(body: RegistrationBody, previous: DeviceRegistration | undefined): DeviceRegistration {
  const { owner, cell, notBefore, notAfter, issuedAt } = body;
  const notAfterMax = previous === undefined ? notAfter : Math.max(notAfter, previous.notAfterMax);
  return { owner, cell, notBefore, notAfter, issuedAt, revocationIssuedAt: null, notAfterMax };
}

/**
 * An entry can go when everything that the device was ever allowed to say is stale: neither a replayed report nor a
 * replayed registration of it could be accepted.
 */
export function isForgettable(entry: DeviceRegistration, feed: FeedDefinition, time: UnixMs): boolean {
  return entry.notAfterMax + feed.freshnessMs < time;
}
