import { describe, expect, it } from 'vitest';
import { openSealed, sealSecret } from './seal-node.ts';

const binding = { networkId: 'ab'.repeat(32), epoch: 3, index: 1 };
const secret = Uint8Array.from({ length: 32 }, (_, i) => i);
const seal = () => sealSecret(secret, 'correct horse', binding, { costN: 2 ** 12, description: 'key share' });
const code = (expected: string) => expect.objectContaining({ code: expected });

describe('sealed secrets', () => {
  it('open with the passphrase that sealed them, also after a trip through JSON', () => {
    expect(openSealed(JSON.parse(JSON.stringify(seal())), 'correct horse', binding)).toEqual(secret);
  });

  it('do not open with another passphrase', () => {
    expect(() => openSealed(seal(), 'correct horse.', binding)).toThrow(code('CRYPTO_SEAL_INVALID'));
  });

  it('are refused for another network, epoch or member, before any key is derived', () => {
    for (const change of [{ networkId: 'cd'.repeat(32) }, { epoch: 4 }, { index: 2 }, { era: 1 }]) {
      expect(() => openSealed(seal(), 'correct horse', { ...binding, ...change })).toThrow(
        expect.objectContaining({ code: 'CRYPTO_SEAL_MISMATCH', meta: { fields: Object.keys(change) } }),
      );
    }
  });

  it('do not open when a bound field, the description or the ciphertext was changed', () => {
    const sealed = seal();
    const flipped = (sealed.ciphertext.startsWith('0') ? '1' : '0') + sealed.ciphertext.slice(1);
    for (const changed of [
      { ...sealed, binding: { ...binding, epoch: 4 } },
      { ...sealed, description: 'other' },
      { ...sealed, ciphertext: flipped },
      { ...sealed, kdf: { ...sealed.kdf, n: 2 ** 13 } },
    ]) {
      expect(() => openSealed(changed, 'correct horse', {})).toThrow(code('CRYPTO_SEAL_INVALID'));
    }
  });

  it('of any other shape are malformed', () => {
    const sealed = seal();
    for (const document of [
      // what is not authenticated must not be there
      { ...sealed, note: '' },
      { ...sealed, kdf: { ...sealed.kdf, nx: 4096 } },
      { ...sealed, cipher: { ...sealed.cipher, tag: '' } },
      null,
      1,
      [],
      {},
      { ...sealed, version: 2 },
      { ...sealed, ciphertext: 'zz' },
      { ...sealed, binding: [] },
    ]) {
      expect(() => openSealed(document, '', {})).toThrow(code('CRYPTO_SEAL_MALFORMED'));
    }
  });

  it('with a cost that would exhaust memory are refused', () => {
    for (const n of [2 ** 30, 2 ** 11, 5000]) {
      const changed = { ...seal(), kdf: { ...seal().kdf, n } };
      expect(() => openSealed(changed, '', {})).toThrow(code('CRYPTO_SEAL_OUT_OF_RANGE'));
    }
  });
});
