import { randomFillSync } from 'node:crypto';

/** @returns `length` bytes of the operating system's generator. */
export function randomBytes(length: number): Uint8Array {
  return randomFillSync(new Uint8Array(length));
}
