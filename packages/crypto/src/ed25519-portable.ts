import { concatBytes, equalBytes, fromHex } from '@cairn/primitives';
import { getPublicKey, hashes, sign as nobleSign, Point } from '@noble/ed25519';
import { sha512 } from '@noble/hashes/sha2.js';
import { GROUP_ORDER, reduceScalar, scalarFromBytes } from './scalar.ts';

hashes.sha512 = sha512 as NonNullable<typeof hashes.sha512>;

/** The name of this backend, for logs and benches. */
export const backendName = 'noble';

/**
 * The house rule over noble's points, whose own `verify` is cofactored in both of its modes.
 * @returns false for wrong lengths too; never throws.
 */
export function verifyPortable(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  const commitment = signature.subarray(0, 32);
  const s = scalarFromBytes(signature.subarray(32));
  if (s >= GROUP_ORDER) return false;
  const a = strictPoint(publicKey);
  const r = strictPoint(commitment);
  if (!a || !r) return false;
  const k = reduceScalar(sha512(concatBytes(commitment, publicKey, message)));
  // Cofactorless: encode(S*B - k*A) must be R itself, not R up to a point of small order.
  const expected = Point.BASE.multiply(s, false).subtract(a.multiply(k, false));
  return equalBytes(expected.toBytes(), commitment);
}

/** @returns the point unless its encoding is not canonical, off the curve, or its order small. */
function strictPoint(encoded: Uint8Array): Point | undefined {
  try {
    const point = Point.fromBytes(encoded, false);
    return point.isSmallOrder() ? undefined : point;
  } catch {
    return undefined;
  }
}

/** @returns whether `publicKey` is a canonical point of prime order. */
export function isPrimeOrderPointPortable(publicKey: Uint8Array): boolean {
  if (publicKey.length !== 32) return false;
  return strictPoint(publicKey)?.isTorsionFree() ?? false;
}

/** @returns the 32-byte public key of a 32-byte seed. */
export function publicKeyOfPortable(seed: Uint8Array): Uint8Array {
  return getPublicKey(seed);
}

/** @returns the 64-byte RFC 8032 signature. */
export function signPortable(seed: Uint8Array, message: Uint8Array): Uint8Array {
  return nobleSign(message, seed);
}

/** The same as signPortable; noble expands the key anew each time. */
export function signerOfPortable(seed: Uint8Array): (message: Uint8Array) => Uint8Array {
  const copy = seed.slice();
  return (message) => nobleSign(message, copy);
}

/** Hex of known length to bytes, undefined when it is not lowercase hex of that length. */
export function bytesOfHex(hex: string, lengthBytes: number): Uint8Array | undefined {
  try {
    return fromHex(hex, lengthBytes);
  } catch {
    return undefined;
  }
}

export {
  isPrimeOrderPointPortable as isPrimeOrderPoint,
  publicKeyOfPortable as publicKeyOf,
  signerOfPortable as signerOf,
  signPortable as sign,
  verifyPortable as verify,
};
