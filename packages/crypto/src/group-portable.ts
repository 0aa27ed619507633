import { CairnError } from '@cairn/primitives';
import { ed25519 } from '@noble/curves/ed25519.js';
import { type GroupArithmetic, identityPoint, isIdentity } from './group-arithmetic.ts';
import { modOrder } from './scalar.ts';

const { Point } = ed25519;
type CurvePoint = InstanceType<typeof Point>;

/** noble's point arithmetic: for browsers, and the oracle of the native one in tests. */
export const portableArithmetic: GroupArithmetic = {
  name: 'noble',
  isValidPoint(point) {
    if (point.length !== 32 || isIdentity(point)) return false;
    try {
      const decoded = Point.fromBytes(point, false);
      return !decoded.isSmallOrder() && decoded.isTorsionFree();
    } catch {
      return false;
    }
  },
  multiplyBase(scalar) {
    const reduced = modOrder(scalar);
    return reduced === 0n ? identityPoint() : Point.BASE.multiply(reduced).toBytes();
  },
  multiply(point, scalar) {
    const reduced = modOrder(scalar);
    const decoded = decode(point);
    return reduced === 0n || decoded.is0() ? identityPoint() : decoded.multiply(reduced).toBytes();
  },
  add: (p, q) => decode(p).add(decode(q)).toBytes(),
  subtract: (p, q) => decode(p).subtract(decode(q)).toBytes(),
};

function decode(point: Uint8Array): CurvePoint {
  try {
    return Point.fromBytes(point, false);
  } catch (cause) {
    throw new CairnError('CRYPTO_POINT_INVALID', 'not a point of the group', {}, { cause });
  }
}

export { portableArithmetic as arithmetic };
