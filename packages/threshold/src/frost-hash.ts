import { sha512 } from '@cairn/crypto';
import { reduceScalar } from '@cairn/crypto/group';
import { utf8 } from '@cairn/primitives';

// The domain-separated hashes of FROST(Ed25519, SHA-512), RFC 9591 section 6.1.
const CONTEXT = 'FROST-ED25519-SHA512-v1';
const RHO = utf8(`${CONTEXT}rho`);
const NONCE = utf8(`${CONTEXT}nonce`);
const MESSAGE = utf8(`${CONTEXT}msg`);
const COMMITMENTS = utf8(`${CONTEXT}com`);

/** H1: binding factors. */
export function hashToBindingFactor(...parts: readonly Uint8Array[]): bigint {
  return reduceScalar(sha512(RHO, ...parts));
}

/** H2: the challenge, with no prefix, so that RFC 8032 verifiers compute the same. */
export function hashToChallenge(...parts: readonly Uint8Array[]): bigint {
  return reduceScalar(sha512(...parts));
}

/** H3: nonces, from randomness and the secret together, so that a weak generator alone does not give the key away. */
export function hashToNonce(random: Uint8Array, secretShare: Uint8Array): bigint {
  return reduceScalar(sha512(NONCE, random, secretShare));
}

/** H4: 64-byte digest of the message. */
export function hashMessage(message: Uint8Array): Uint8Array {
  return sha512(MESSAGE, message);
}

/** H5: 64-byte digest of the encoded commitment list. */
export function hashCommitments(...parts: readonly Uint8Array[]): Uint8Array {
  return sha512(COMMITMENTS, ...parts);
}
