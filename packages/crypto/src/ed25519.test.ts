import { readFileSync } from 'node:fs';
import { fromHex, Rng, toHex, utf8 } from '@cairn/primitives';
import { ed25519 } from '@noble/curves/ed25519.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPrimeOrderPointNative, publicKeyOfNative, signNative, verifyNative } from './ed25519-node.ts';
import { isPrimeOrderPointPortable, publicKeyOfPortable, signPortable, verifyPortable } from './ed25519-portable.ts';
import { createSigner, isValidPublicKey, keyPairFromSeed, selfTestEd25519, sign, verifySignature } from './index.ts';
import { randomBytes } from './random-node.ts';
import { SELF_TEST_CASES } from './self-test-cases.ts';

interface EdgeCase {
  readonly name: string;
  readonly family: string;
  readonly publicKey: string;
  readonly message: string;
  readonly signature: string;
  readonly valid: boolean;
}
const file = new URL('../../../test/vectors/ed25519-edge.json', import.meta.url);
const edgeCases = JSON.parse(readFileSync(file, 'utf8')) as EdgeCase[];

const RFC_8032 = [
  [
    '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    '',
    'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  ],
  [
    '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    '72',
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  ],
  [
    'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    'af82',
    '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  ],
] as const;

describe('Ed25519', () => {
  it('RFC 8032 section 7.1: both backends make and accept the published signatures', () => {
    for (const [seed, key, message, signature] of RFC_8032) {
      for (const signWith of [signNative, signPortable]) {
        expect(toHex(signWith(fromHex(seed), fromHex(message)))).toBe(signature);
      }
      for (const keyOf of [publicKeyOfNative, publicKeyOfPortable]) expect(toHex(keyOf(fromHex(seed)))).toBe(key);
      for (const verify of [verifyNative, verifyPortable]) {
        expect(verify(fromHex(key), fromHex(message), fromHex(signature))).toBe(true);
      }
    }
  });

  it('both backends give the golden verdict on every crafted case', () => {
    expect(edgeCases.length).toBeGreaterThanOrEqual(100);
    for (const { name, publicKey, message, signature, valid } of edgeCases) {
      for (const verify of [verifyNative, verifyPortable]) {
        expect(verify(fromHex(publicKey), utf8(message), fromHex(signature)), `${verify.name} on ${name}`).toBe(valid);
      }
    }
  });

  it('admits prime-order keys only, the same on both backends', () => {
    for (const { name, family, publicKey } of edgeCases) {
      const key = fromHex(publicKey);
      const isAdmitted = isPrimeOrderPointNative(key);
      expect(isPrimeOrderPointPortable(key), name).toBe(isAdmitted);
      expect(isValidPublicKey(key), name).toBe(isAdmitted);
      if (/(small|mixed)-order A|non-canonical A/.test(family)) expect(isAdmitted, name).toBe(false);
      if (family === 'honest') expect(isAdmitted, name).toBe(true);
    }
  });

  it('the self test holds each family and verdict of the golden file, and passes', () => {
    const key = ({ family, valid }: EdgeCase) => `${family} ${valid}`;
    const first = new Map(edgeCases.toReversed().map((edge) => [key(edge), edge]));
    const names = [...first.values()].map(({ family, ...rest }) => rest);
    expect(SELF_TEST_CASES).toHaveLength(names.length);
    expect([...SELF_TEST_CASES]).toEqual(expect.arrayContaining(names));
    selfTestEd25519();
  });

  it('the self test fails for a cofactored backend', () => {
    const cofactored = (key: Uint8Array, message: Uint8Array, signature: Uint8Array) => {
      try {
        return ed25519.verify(signature, message, key, { zip215: true });
      } catch {
        return false;
      }
    };
    expect(() => selfTestEd25519(cofactored)).toThrow(expect.objectContaining({ code: 'CRYPTO_SELF_TEST_INVALID' }));
  });

  it('never throws and never accepts garbage', () => {
    const { publicKey, secretSeed } = keyPairFromSeed(new Rng(1).bytes(32));
    const message = utf8('reading');
    const signature = sign(secretSeed, message);
    expect(verifySignature(publicKey, message, signature)).toBe(true);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), fc.uint8Array({ maxLength: 70 }), (key, sig) => {
        expect(verifySignature(key, message, sig)).toBe(false);
        expect(verifySignature(toHex(key) as never, message, toHex(sig) as never)).toBe(false);
        expect(verifyPortable(key, message, sig)).toBe(false);
      }),
    );
    for (const bad of [signature.toUpperCase(), `${signature}00`, signature.slice(2), `zz${signature.slice(2)}`]) {
      expect(verifySignature(publicKey, message, bad as never)).toBe(false);
    }
  });

  it('a signer signs like its seed; fresh keys are admitted', () => {
    const pair = keyPairFromSeed(randomBytes(32));
    const signer = createSigner(pair.secretSeed);
    expect(isValidPublicKey(pair.publicKey)).toBe(true);
    expect(signer.publicKey).toBe(pair.publicKey);
    expect(signer.sign(utf8('m'))).toBe(sign(pair.secretSeed, utf8('m')));
    expect(() => sign(new Uint8Array(64), utf8('m'))).toThrow(
      expect.objectContaining({ code: 'CRYPTO_SEED_MALFORMED' }),
    );
  });
});
