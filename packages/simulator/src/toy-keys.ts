import { sha256, sha256Hash } from '@cairn/crypto';
import {
  concatBytes,
  fromHex,
  type PublicKey,
  type Signature,
  toPublicKey,
  toSignature,
  utf8,
} from '@cairn/primitives';

/**
 * Stand-ins for Ed25519 in volume runs: a keyed hash that costs a microsecond. Anyone could compute it; adversaries
 * here are ours, and sign with their own keys only.
 */
export function toyPublicKey(label: string): PublicKey {
  return toPublicKey(sha256Hash(utf8(`toy-key:${label}`)));
}

export function toySign(publicKey: PublicKey, message: Uint8Array): Signature {
  const half = sha256(concatBytes(utf8('toy-sign'), fromHex(publicKey, 32), message));
  return toSignature(concatBytes(half, half));
}

export function toyVerify(publicKey: PublicKey, message: Uint8Array, signature: Signature): boolean {
  return toySign(publicKey, message) === signature;
}
