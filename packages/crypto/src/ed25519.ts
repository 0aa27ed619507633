import { assert, CairnError, type PublicKey, type Signature, toPublicKey, toSignature } from '@cairn/primitives';
import * as backend from '#ed25519';

/** An Ed25519 key pair. `secretSeed` is the 32-byte seed of RFC 8032; whoever holds it wipes it. */
export interface KeyPair {
  readonly publicKey: PublicKey;
  readonly secretSeed: Uint8Array;
}

/** Signs with one key that was expanded once. */
export interface Signer {
  readonly publicKey: PublicKey;
  sign(message: Uint8Array): Signature;
}

/**
 * The one function by which the whole house judges an Ed25519 signature (protocol section 2): cofactorless, S < L,
 * canonical A and R, neither of small order. That the key itself is torsion free is checked when it is admitted.
 * @param publicKey 32 bytes or hex. @param signature 64 bytes or hex.
 * @returns false for anything malformed; never throws.
 */
export function verifySignature(
  publicKey: PublicKey | Uint8Array,
  message: Uint8Array,
  signature: Signature | Uint8Array,
): boolean {
  const key = typeof publicKey === 'string' ? backend.bytesOfHex(publicKey, 32) : publicKey;
  const sig = typeof signature === 'string' ? backend.bytesOfHex(signature, 64) : signature;
  return key !== undefined && sig !== undefined && backend.verify(key, message, sig);
}

/** @returns whether a key may be admitted: on the curve, canonical, of prime order (so not small, not mixed order). */
export function isValidPublicKey(publicKey: PublicKey | Uint8Array): boolean {
  const key = typeof publicKey === 'string' ? backend.bytesOfHex(publicKey, 32) : publicKey;
  return key !== undefined && backend.isPrimeOrderPoint(key);
}

/**
 * @param secretSeed 32 uniformly random bytes; kept by reference, not copied.
 * @throws CRYPTO_SEED_MALFORMED unless 32 bytes.
 */
export function keyPairFromSeed(secretSeed: Uint8Array): KeyPair {
  checkSeed(secretSeed);
  return { publicKey: toPublicKey(backend.publicKeyOf(secretSeed)), secretSeed };
}

/** @param randomBytes a cryptographic source, such as `@cairn/crypto/random`. */
export function generateKeyPair(randomBytes: (length: number) => Uint8Array): KeyPair {
  return keyPairFromSeed(randomBytes(32));
}

/** RFC 8032 section 5.1.6, deterministic. @throws CRYPTO_SEED_MALFORMED unless the seed is 32 bytes. */
export function sign(secretSeed: Uint8Array, message: Uint8Array): Signature {
  checkSeed(secretSeed);
  return toSignature(backend.sign(secretSeed, message));
}

/** For whoever signs often with one key. @throws CRYPTO_SEED_MALFORMED unless the seed is 32 bytes. */
export function createSigner(secretSeed: Uint8Array): Signer {
  checkSeed(secretSeed);
  const signBytes = backend.signerOf(secretSeed);
  const publicKey = toPublicKey(backend.publicKeyOf(secretSeed));
  return { publicKey, sign: (message) => toSignature(signBytes(message)) };
}

/** The name of the backend in use: sodium-native or noble. */
export const ed25519Backend: string = backend.backendName;

function checkSeed(seed: Uint8Array): void {
  assert(seed instanceof Uint8Array, 'a seed is bytes');
  if (seed.length !== 32) {
    throw new CairnError('CRYPTO_SEED_MALFORMED', 'a seed is 32 bytes', { length: seed.length });
  }
}
