import { toHex } from '@cairn/primitives';
import { sha256, sha512 } from '@noble/hashes/sha2.js';

export { sha256, sha512 };

/** SHA-256 in JavaScript, its 32 bytes written into `out` at `at`; the two may overlap. */
export function sha256Into(bytes: Uint8Array, out: Uint8Array, at: number): void {
  out.set(sha256(bytes), at);
}

/** SHA-256 in JavaScript. @returns 64 lowercase hex characters. */
export function sha256Hex(bytes: Uint8Array): string {
  return toHex(sha256(bytes));
}
