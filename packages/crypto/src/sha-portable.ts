import { toHex } from '@cairn/primitives';
import { sha256, sha512 } from '@noble/hashes/sha2.js';

export { sha256, sha512 };

/** SHA-256 in JavaScript. @returns 64 lowercase hex characters. */
export function sha256Hex(bytes: Uint8Array): string {
  return toHex(sha256(bytes));
}
