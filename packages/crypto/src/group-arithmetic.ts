/** 32-byte encoding of a point (RFC 8032 section 5.1.2). */
export type PointBytes = Uint8Array;

/**
 * The prime-order group of Ed25519, as FROST and the key ceremonies need it. Scalars are reduced bigints (module
 * `scalar.ts`; bigints are not constant time, docs/threats.md); points are 32-byte encodings. Every method takes
 * points that `isValidPoint` accepted or that this arithmetic made, the identity included, and never mutates them.
 */
export interface GroupArithmetic {
  readonly name: string;
  /** @returns whether the bytes are a canonical point of prime order: what is checked once, when a point arrives. */
  isValidPoint(point: Uint8Array): boolean;
  /** scalar * B. A scalar of 0 gives the identity. */
  multiplyBase(scalar: bigint): PointBytes;
  /** scalar * point. @throws CRYPTO_POINT_INVALID for bytes that are no point of the group. */
  multiply(point: PointBytes, scalar: bigint): PointBytes;
  /** p + q. @throws CRYPTO_POINT_INVALID for bytes that are no point. */
  add(p: PointBytes, q: PointBytes): PointBytes;
  /** p - q. @throws CRYPTO_POINT_INVALID for bytes that are no point. */
  subtract(p: PointBytes, q: PointBytes): PointBytes;
}

/** Encoding of the neutral element: y = 1. A fresh copy each time, so that none can spoil it. */
export function identityPoint(): PointBytes {
  const encoded = new Uint8Array(32);
  encoded[0] = 1;
  return encoded;
}

/** @returns whether the encoding is that of the neutral element. */
export function isIdentity(point: PointBytes): boolean {
  if (point[0] !== 1) return false;
  for (let i = 1; i < 32; i++) if (point[i] !== 0) return false;
  return point.length === 32;
}
