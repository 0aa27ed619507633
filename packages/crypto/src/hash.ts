import { concatBytes, type Hash } from '@cairn/primitives';
import * as sha from '#sha';

/** SHA-256 (FIPS 180-4). @returns 32 bytes. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return sha.sha256(bytes);
}

/** SHA-256, its 32 bytes written into `out` at `at`: for trees, which have many. `bytes` and `out` may overlap. */
export function sha256Into(bytes: Uint8Array, out: Uint8Array, at: number): void {
  sha.sha256Into(bytes, out, at);
}

/**
 * SHA-256 of the parts joined without any separator: the caller sees to it that the join is unambiguous.
 * @returns the digest as hex.
 */
export function sha256Hash(...parts: readonly Uint8Array[]): Hash {
  return sha.sha256Hex(joined(parts)) as Hash;
}

/** SHA-512 (FIPS 180-4) of the parts joined. @returns 64 bytes. */
export function sha512(...parts: readonly Uint8Array[]): Uint8Array {
  return sha.sha512(joined(parts));
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 1 ? (parts[0] as Uint8Array) : concatBytes(...parts);
}
