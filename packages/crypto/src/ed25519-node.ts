import sodium from 'sodium-native';
import { wipe } from './wipe.ts';

/** The name of this backend, for logs and benches. */
export const backendName = 'sodium-native';

/**
 * libsodium's rule, which is the house's: cofactorless, S < L, canonical A and R, neither of small order.
 * @returns false for wrong lengths too; never throws.
 */
export function verifyNative(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  return sodium.crypto_sign_verify_detached(signature, message, publicKey);
}

/** @returns whether `publicKey` is a canonical point of prime order. */
export function isPrimeOrderPointNative(publicKey: Uint8Array): boolean {
  return publicKey.length === 32 && sodium.crypto_core_ed25519_is_valid_point(publicKey);
}

/** @returns the 32-byte public key of a 32-byte seed. */
export function publicKeyOfNative(seed: Uint8Array): Uint8Array {
  const { publicKey, secretKey } = expanded(seed);
  wipe(secretKey);
  return publicKey;
}

/** @returns the 64-byte RFC 8032 signature. */
export function signNative(seed: Uint8Array, message: Uint8Array): Uint8Array {
  const { secretKey } = expanded(seed);
  const signature = new Uint8Array(64);
  sodium.crypto_sign_detached(signature, message, secretKey);
  wipe(secretKey);
  return signature;
}

/** Like signNative with the key expanded once: half the work for each signature. */
export function signerOfNative(seed: Uint8Array): (message: Uint8Array) => Uint8Array {
  const { secretKey } = expanded(seed);
  return (message) => {
    const signature = new Uint8Array(64);
    sodium.crypto_sign_detached(signature, message, secretKey);
    return signature;
  };
}

function expanded(seed: Uint8Array): { publicKey: Uint8Array; secretKey: Uint8Array } {
  const publicKey = new Uint8Array(32);
  const secretKey = new Uint8Array(64);
  sodium.crypto_sign_seed_keypair(publicKey, secretKey, seed);
  return { publicKey, secretKey };
}

/** Hex of known length to bytes, undefined when it is not lowercase hex of that length. */
export function bytesOfHex(hex: string, lengthBytes: number): Uint8Array | undefined {
  if (hex.length !== 2 * lengthBytes || !LOWERCASE_HEX.test(hex)) return undefined;
  return Buffer.from(hex, 'hex');
}

const LOWERCASE_HEX = /^[0-9a-f]*$/;

export {
  isPrimeOrderPointNative as isPrimeOrderPoint,
  publicKeyOfNative as publicKeyOf,
  signerOfNative as signerOf,
  signNative as sign,
  verifyNative as verify,
};
