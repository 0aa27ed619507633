import { hash } from 'node:crypto';
import { sha256Hash } from '@cairn/crypto';
import { type PublicKey, type Signature, toPublicKey, utf8 } from '@cairn/primitives';

/**
 * Stand-ins for Ed25519 in volume runs: a keyed hash that costs a microsecond. Anyone could compute it; adversaries
 * here are ours, and sign with their own keys only.
 */
export function toyPublicKey(label: string): PublicKey {
  return toPublicKey(sha256Hash(utf8(`toy-key:${label}`)));
}

/** The key's 64 hex digits, then the message; grown as needed. */
let scratch = Buffer.alloc(4096);

export function toySign(publicKey: PublicKey, message: Uint8Array): Signature {
  const length = 64 + message.length;
  if (scratch.length < length) scratch = Buffer.alloc(2 * length);
  scratch.write(publicKey, 0, 'latin1');
  scratch.set(message, 64);
  const half = hash('sha256', scratch.subarray(0, length), 'hex');
  // Lowercase hex of 64 bytes by construction.
  return (half + half) as Signature;
}

export function toyVerify(publicKey: PublicKey, message: Uint8Array, signature: Signature): boolean {
  return toySign(publicKey, message) === signature;
}
