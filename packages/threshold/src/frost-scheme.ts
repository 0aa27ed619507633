import { verifySignature, wipe } from '@cairn/crypto';
import { type GroupArithmetic, groupArithmetic, scalarToBytes } from '@cairn/crypto/group';
import { assert } from '@cairn/primitives';
import { hashToNonce } from './frost-hash.ts';
import { FrostSession } from './frost-session.ts';
import { SecretNonces } from './secret-nonces.ts';
import type { ThresholdScheme } from './threshold-scheme.ts';

/**
 * FROST(Ed25519, SHA-512) of RFC 9591. Its signatures are plain RFC 8032 ones.
 * @param arithmetic tests pass the portable one; everyone else takes the default of the platform.
 */
export function createFrostScheme(arithmetic: GroupArithmetic = groupArithmetic): ThresholdScheme {
  return {
    name: 'FROST-ED25519-SHA512-v1',
    commitNonce({ secretShare }, random) {
      assert(random.length === 64, '32 random bytes for each of the two nonces');
      const hiding = hashToNonce(random.subarray(0, 32), secretShare);
      const binding = hashToNonce(random.subarray(32), secretShare);
      wipe(random);
      const commitment = { hiding: arithmetic.multiplyBase(hiding), binding: arithmetic.multiplyBase(binding) };
      const scalars = { hiding: scalarToBytes(hiding), binding: scalarToBytes(binding) };
      return { nonces: new SecretNonces(scalars, commitment), commitment };
    },
    isValidCommitment: ({ hiding, binding }) => arithmetic.isValidPoint(hiding) && arithmetic.isValidPoint(binding),
    createSession: (parameters) => new FrostSession(parameters, { arithmetic }),
    verifySignature,
  };
}

/** FROST over the platform's arithmetic: what every node signs with. */
export const frostScheme: ThresholdScheme = createFrostScheme();
