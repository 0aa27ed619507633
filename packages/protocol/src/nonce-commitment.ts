import type { MemberIndex, Signature } from '@cairn/primitives';
import { memberIndex } from './certificate.ts';
import { bytes, type Codec, signature, struct } from './codec.ts';
import { signingBytesOf } from './domain.ts';
import { type Position, positionFields } from './position.ts';

/** FROST round one (RFC 9591 section 5.1): two points, good for one height and view only [fork]. */
export interface NonceCommitmentStatement extends Position {
  /** 32-byte point D. */
  readonly hiding: Uint8Array;
  /** 32-byte point E. */
  readonly binding: Uint8Array;
}

/** As it stands in a SignRequest: the position is the request's. */
export interface NonceCommitment {
  readonly member: MemberIndex;
  readonly hiding: Uint8Array;
  readonly binding: Uint8Array;
  readonly signature: Signature;
}

const point = bytes(32, 32);
const statement: Codec<NonceCommitmentStatement> = struct({ ...positionFields, hiding: point, binding: point });
export const nonceCommitment: Codec<NonceCommitment> = struct({
  member: memberIndex,
  hiding: point,
  binding: point,
  signature,
});

/** The bytes that the signature of a commitment covers. */
export const nonceCommitmentSigningBytes = signingBytesOf('nonce-commitment', statement);
