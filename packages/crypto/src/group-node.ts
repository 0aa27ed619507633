import { CairnError } from '@cairn/primitives';
import sodium from 'sodium-native';
import { type GroupArithmetic, identityPoint, isIdentity, type PointBytes } from './group-arithmetic.ts';
import { modOrder, scalarToBytes } from './scalar.ts';

/** libsodium's point arithmetic. It refuses the identity as input and as output, so that is answered here. */
export const nativeArithmetic: GroupArithmetic = {
  name: 'sodium-native',
  isValidPoint: (point) => point.length === 32 && sodium.crypto_core_ed25519_is_valid_point(point),
  multiplyBase(scalar) {
    const reduced = modOrder(scalar);
    if (reduced === 0n) return identityPoint();
    const bytes = scalarToBytes(reduced);
    const result = new Uint8Array(32);
    sodium.crypto_scalarmult_ed25519_base_noclamp(result, bytes);
    bytes.fill(0);
    return result;
  },
  multiply(point, scalar) {
    const reduced = modOrder(scalar);
    if (reduced === 0n || isIdentity(point)) return identityPoint();
    const bytes = scalarToBytes(reduced);
    const result = guarded((out) => sodium.crypto_scalarmult_ed25519_noclamp(out, bytes, point));
    bytes.fill(0);
    return result;
  },
  add: (p, q) => guarded((out) => sodium.crypto_core_ed25519_add(out, p, q)),
  subtract: (p, q) => guarded((out) => sodium.crypto_core_ed25519_sub(out, p, q)),
};

function guarded(compute: (out: Uint8Array) => void): PointBytes {
  const out = new Uint8Array(32);
  try {
    compute(out);
  } catch (cause) {
    throw new CairnError('CRYPTO_POINT_INVALID', 'not a point of the group', {}, { cause });
  }
  return out;
}

export { nativeArithmetic as arithmetic };
