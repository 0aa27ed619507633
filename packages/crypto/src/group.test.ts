import { Rng, toHex, utf8 } from '@cairn/primitives';
import { describe, expect, it } from 'vitest';
import {
  decodeScalar,
  GROUP_ORDER,
  groupArithmetic,
  identityPoint,
  invertScalar,
  isIdentity,
  modOrder,
  reduceScalar,
  scalarFromBytes,
  scalarToBytes,
} from './group.ts';
import { nativeArithmetic as native } from './group-node.ts';
import { portableArithmetic as portable } from './group-portable.ts';
import { sha256, sha256Hash, sha512 } from './hash.ts';
import * as shaNative from './sha-node.ts';
import * as shaPortable from './sha-portable.ts';

const rng = new Rng(7);
const scalar = () => reduceScalar(rng.bytes(64));

describe('group arithmetic', () => {
  it('native and portable agree, on edge scalars and the identity too', () => {
    const scalars = [0n, 1n, 2n, GROUP_ORDER - 1n, scalar(), scalar(), scalar()];
    const points = [...scalars.map((k) => native.multiplyBase(k)), identityPoint()];
    for (const [i, k] of scalars.entries()) expect(portable.multiplyBase(k), `${i}`).toEqual(points[i]);
    for (const p of points) {
      expect(portable.isValidPoint(p)).toBe(native.isValidPoint(p));
      expect(native.isValidPoint(p)).toBe(!isIdentity(p));
      for (const k of scalars) expect(native.multiply(p, k)).toEqual(portable.multiply(p, k));
      for (const q of points) {
        expect(native.add(p, q)).toEqual(portable.add(p, q));
        expect(native.subtract(p, q)).toEqual(portable.subtract(p, q));
      }
    }
  });

  it('is a group homomorphism of the scalars', () => {
    const [a, b] = [scalar(), scalar()];
    const A = native.multiplyBase(a);
    expect(native.add(A, native.multiplyBase(b))).toEqual(native.multiplyBase(modOrder(a + b)));
    expect(native.multiply(A, b)).toEqual(native.multiplyBase(modOrder(a * b)));
    expect(isIdentity(native.subtract(A, A))).toBe(true);
    expect(modOrder(a * invertScalar(a))).toBe(1n);
    expect(groupArithmetic).toBe(native);
  });

  it('refuses bytes that are no points with a code', () => {
    for (const arithmetic of [native, portable]) {
      for (const bad of [new Uint8Array(32).fill(255), new Uint8Array(31), Uint8Array.of(2, ...new Uint8Array(31))]) {
        expect(arithmetic.isValidPoint(bad)).toBe(false);
        expect(() => arithmetic.multiply(bad, 5n)).toThrow(expect.objectContaining({ code: 'CRYPTO_POINT_INVALID' }));
      }
    }
  });

  it('scalars have one encoding', () => {
    const k = scalar();
    expect(decodeScalar(scalarToBytes(k))).toBe(k);
    expect(scalarFromBytes(scalarToBytes(GROUP_ORDER - 1n))).toBe(GROUP_ORDER - 1n);
    const order = scalarToBytes(GROUP_ORDER - 1n);
    order[0] = (order[0] as number) + 1;
    for (const bad of [order, new Uint8Array(31), new Uint8Array(32).fill(255)]) {
      expect(() => decodeScalar(bad)).toThrow(expect.objectContaining({ code: 'CRYPTO_SCALAR_OUT_OF_RANGE' }));
    }
  });
});

describe('hashes', () => {
  it('FIPS 180-4: native and portable give the published digests', () => {
    const abc256 = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    for (const sha of [shaNative, shaPortable]) {
      expect(toHex(sha.sha256(utf8('abc')))).toBe(abc256);
      expect(sha.sha256Hex(utf8('abc'))).toBe(abc256);
      expect(toHex(sha.sha512(utf8('abc'))).slice(0, 32)).toBe('ddaf35a193617abacc417349ae204131');
    }
    expect(sha256Hash(utf8('a'), utf8('bc'))).toBe(abc256);
    expect(toHex(sha256(utf8('abc')))).toBe(abc256);
    expect(sha512(utf8('a'), utf8('bc'))).toEqual(shaPortable.sha512(utf8('abc')));
    expect(Object.getPrototypeOf(sha256(utf8('abc')))).toBe(Uint8Array.prototype);
  });
});
