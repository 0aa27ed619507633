import { hash } from 'node:crypto';

/** SHA-256 by OpenSSL. @returns 32 bytes. */
export function sha256(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(32);
  sha256Into(bytes, out, 0);
  return out;
}

/** SHA-256 by OpenSSL, its 32 bytes written into `out` at `at`; the two may overlap. */
export function sha256Into(bytes: Uint8Array, out: Uint8Array, at: number): void {
  // Half the time of asking for a Buffer, of which Node makes a pooled one outside the heap.
  const digest = hash('sha256', bytes, 'binary');
  for (let i = 0; i < 32; i++) out[at + i] = digest.charCodeAt(i);
}

/** SHA-256 by OpenSSL. @returns 64 lowercase hex characters. */
export function sha256Hex(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'hex');
}

/** SHA-512 by OpenSSL. @returns 64 bytes. */
export function sha512(bytes: Uint8Array): Uint8Array {
  return plain(hash('sha512', bytes, 'buffer'));
}

/** A Buffer slices and prints otherwise than a Uint8Array, so none leaves this file. */
function plain(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
}
