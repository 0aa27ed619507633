/** @returns `length` bytes of the platform's cryptographic generator (Web Cryptography API). */
export function randomBytes(length: number): Uint8Array {
  return globalThis.crypto.getRandomValues(new Uint8Array(length));
}
