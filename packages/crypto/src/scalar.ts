import { assert, CairnError } from '@cairn/primitives';

/** L, the prime order of the Ed25519 base point (RFC 8032 section 5.1). */
export const GROUP_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

/** @returns the little-endian integer of the bytes, not reduced. */
export function scalarFromBytes(bytes: Uint8Array): bigint {
  let value = 0n;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  assert(bytes.length % 8 === 0, 'whole 64-bit words');
  for (let offset = bytes.length - 8; offset >= 0; offset -= 8) {
    value = (value << 64n) | view.getBigUint64(offset, true);
  }
  return value;
}

/** @returns 32 little-endian bytes of a scalar already reduced. */
export function scalarToBytes(scalar: bigint): Uint8Array {
  assert(scalar >= 0n && scalar < GROUP_ORDER, 'a reduced scalar');
  const bytes = new Uint8Array(32);
  const view = new DataView(bytes.buffer);
  for (let word = 0; word < 4; word++) {
    view.setBigUint64(8 * word, BigInt.asUintN(64, scalar >> BigInt(64 * word)), true);
  }
  return bytes;
}

/** @returns the bytes, of any multiple of 8, as a little-endian integer mod L. From 64 uniform bytes: uniform. */
export function reduceScalar(bytes: Uint8Array): bigint {
  return scalarFromBytes(bytes) % GROUP_ORDER;
}

/** @throws CRYPTO_SCALAR_OUT_OF_RANGE unless exactly 32 little-endian bytes below L (RFC 9591 section 6.1). */
export function decodeScalar(bytes: Uint8Array): bigint {
  const value = bytes.length === 32 ? scalarFromBytes(bytes) : GROUP_ORDER;
  if (value >= GROUP_ORDER)
    throw new CairnError('CRYPTO_SCALAR_OUT_OF_RANGE', 'not a scalar', { length: bytes.length });
  return value;
}

/** @returns value mod L in 0 .. L - 1, also for negative values. */
export function modOrder(value: bigint): bigint {
  const rest = value % GROUP_ORDER;
  return rest < 0n ? rest + GROUP_ORDER : rest;
}

/** Inverse mod L by Euclid; not constant time. The value is not 0 mod L. */
export function invertScalar(value: bigint): bigint {
  let [r0, r1] = [GROUP_ORDER, modOrder(value)];
  assert(r1 !== 0n, 'zero has no inverse');
  let [t0, t1] = [0n, 1n];
  while (r1 !== 0n) {
    const quotient = r0 / r1;
    [r0, r1] = [r1, r0 - quotient * r1];
    [t0, t1] = [t1, t0 - quotient * t1];
  }
  return modOrder(t0);
}
