import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { Keypair } from '@solana/web3.js';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromBase58, toBase58 } from './base58.ts';
import { FeePayer } from './index.ts';

describe('the fee payer file', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cairn-fee-payer-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('is made when absent, for the owner only, and read again', async () => {
    const path = join(folder, 'new', 'id.json');
    const made = await FeePayer.load(path);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await FeePayer.load(path)).address).toBe(made.address);
    // What the Solana tools read from it.
    const secretKey = Uint8Array.from(JSON.parse(await readFile(path, 'utf8')));
    expect(Keypair.fromSecretKey(secretKey).publicKey.toBase58()).toBe(made.address);
  });

  it('never shows the secret', async () => {
    const path = join(folder, 'shown.json');
    const payer = await FeePayer.load(path);
    const secret = JSON.parse(await readFile(path, 'utf8')) as number[];
    for (const shown of [inspect(payer, { depth: 9, showHidden: true }), JSON.stringify({ payer }), String(payer)]) {
      expect(shown).not.toContain(secret.slice(0, 3).join(','));
      expect(shown).not.toContain(secret.slice(0, 3).join(', '));
      expect(shown).not.toContain(Buffer.from(secret.slice(0, 32)).toString('hex').slice(0, 12));
    }
  });

  it.each([
    ['text', 'hello'],
    ['too few', '[1,2,3]'],
    ['not bytes', JSON.stringify(new Array(64).fill(256))],
    ['halves that do not belong together', JSON.stringify(new Array(64).fill(7))],
    ['something long', `[${'1,'.repeat(5000)}1]`],
  ])('is refused, and left alone, when it holds %s', async (_, content) => {
    const path = join(folder, 'bad.json');
    await writeFile(path, content);
    await expect(FeePayer.load(path)).rejects.toMatchObject({ code: 'SOLANA_KEY_FILE_MALFORMED' });
    expect(await readFile(path, 'utf8')).toBe(content);
  });
});

describe('base58', () => {
  it('gives back what it took', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        expect(fromBase58(toBase58(bytes), bytes.length)).toEqual(bytes);
      }),
    );
    expect(toBase58(new Uint8Array(32))).toBe('1'.repeat(32));
  });

  it('any text returns or throws a coded error', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 100 }), (text) => {
        try {
          fromBase58(text, 32);
        } catch (error) {
          expect(error).toMatchObject({ code: 'SOLANA_BASE58_MALFORMED' });
        }
      }),
    );
  });
});
