declare const brand: unique symbol;

/** A type that only its checker can mint. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** 32-byte SHA-256 digest as 64 lowercase hex characters: compared with `===`, used as a map key. */
export type Hash = Brand<string, 'Hash'>;
/** 32-byte Ed25519 public key as 64 lowercase hex characters. Shape only; `crypto` checks the point. */
export type PublicKey = Brand<string, 'PublicKey'>;
/** 64-byte Ed25519 signature as 128 lowercase hex characters. Never a key of anything: signatures are not unique. */
export type Signature = Brand<string, 'Signature'>;
/** SHA-256 of the final genesis document. */
export type NetworkId = Hash;
/** Unix milliseconds, UTC. */
export type UnixMs = number;
/** Position of a member in its epoch's committee, 0 <= index < n. */
export type MemberIndex = number;

/** A message whose signatures were all verified at the door. Minted by `authenticate` only (protocol). */
export type Authenticated<T> = Brand<T, 'Authenticated'>;
