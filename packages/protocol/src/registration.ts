import { sha256Hash } from '@cairn/crypto';
import type { Hash, PublicKey, Signature, UnixMs } from '@cairn/primitives';
import {
  bytes,
  type Codec,
  fromBytes,
  list,
  nullable,
  publicKey,
  signature,
  struct,
  text,
  toBytes,
  uint,
  uint64,
} from './codec.ts';
import { type SigningKind, signingBytesOf } from './domain.ts';
import { FEED_ID_PATTERN, REGISTRATION_BYTES_MAX, REGISTRATION_FEEDS_MAX } from './limits.ts';

/** Lets a device speak for feeds. Signed by a registrar of each feed, or by the device itself for `open` feeds. */
export interface RegistrationBody {
  readonly device: PublicKey;
  readonly feeds: readonly string[];
  /** Solana address (32 bytes), for rewards. */
  readonly owner: PublicKey;
  readonly cell: bigint | null;
  /** Bounds of observedAt, both included. */
  readonly notBefore: UnixMs;
  readonly notAfter: UnixMs;
  readonly issuedAt: UnixMs;
}

/** Ends a registration from the revoking block on. */
export interface RevocationBody {
  readonly device: PublicKey;
  readonly feeds: readonly string[];
  readonly issuedAt: UnixMs;
}

/** A body with the key that signed it: a registrar, or the device itself. */
export interface SignedItem<Body> {
  readonly body: Body;
  readonly signer: PublicKey;
  readonly signature: Signature;
}
export type Registration = SignedItem<RegistrationBody>;
export type Revocation = SignedItem<RevocationBody>;

const feeds = list(text(32, FEED_ID_PATTERN), REGISTRATION_FEEDS_MAX, 1);
const registrationBody: Codec<RegistrationBody> = struct({
  device: publicKey,
  feeds,
  owner: publicKey,
  cell: nullable(uint64),
  notBefore: uint(),
  notAfter: uint(),
  issuedAt: uint(),
});
const revocationBody: Codec<RevocationBody> = struct({ device: publicKey, feeds, issuedAt: uint() });

/** On the wire: [body as bytes, signer, signature], so that the signed bytes are those received. */
const signedItem = struct({ body: bytes(REGISTRATION_BYTES_MAX), signer: publicKey, signature });

function codecOf<Body>(kind: SigningKind, body: Codec<Body>) {
  return {
    /** The bytes that the signer's signature covers. */
    signingBytes: signingBytesOf(kind, body),
    encode: (item: SignedItem<Body>): Uint8Array =>
      toBytes(signedItem, { body: toBytes(body, item.body), signer: item.signer, signature: item.signature }),
    /** @throws PROTOCOL_BYTES_EXCEEDED, PROTOCOL_CBOR_MALFORMED, PROTOCOL_SHAPE_INVALID. The signature is not checked here. */
    decode: (encoded: Uint8Array): SignedItem<Body> => {
      const outer = fromBytes(signedItem, encoded, REGISTRATION_BYTES_MAX);
      return { ...outer, body: fromBytes(body, outer.body, REGISTRATION_BYTES_MAX) };
    },
    /** SHA-256 of the encoded item. */
    id: (encoded: Uint8Array): Hash => sha256Hash(encoded),
  };
}

export const registrationCodec = codecOf('registration', registrationBody);
export const revocationCodec = codecOf('revocation', revocationBody);
