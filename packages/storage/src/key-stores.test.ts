import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { keyPairFromSeed } from '@cairn/crypto';
import { toHash } from '@cairn/primitives';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { IdentityKeyStore, readIdentityPublicKey } from './identity-key-store.ts';
import { KeyShareStore } from './key-share-store.ts';
import { PASSPHRASE_FILE_VARIABLE, readPassphrase } from './passphrase.ts';
import { removeDirectory, temporaryDirectory } from './testing/temporary-directory.ts';

let dataDir: string;
beforeEach(() => {
  dataDir = temporaryDirectory();
});
afterEach(() => removeDirectory(dataDir));

const costN = 2 ** 12;
const networkId = toHash('ab'.repeat(32));
const share = Uint8Array.from({ length: 32 }, (_, i) => i);
const refused = (code: string, meta: object = {}) =>
  expect.objectContaining({ code, meta: expect.objectContaining(meta) });
const shares = (change: object = {}) =>
  new KeyShareStore({ dataDir, networkId, passphrase: 'correct horse', costN, ...change });
const sharePath = () => join(dataDir, 'keys', 'share-epoch-3.json');

describe('key shares', () => {
  const place = { epoch: 3, index: 1 };
  beforeEach(() => shares().save(place, share));

  it('come back under the same passphrase, from a file for its owner only', () => {
    expect(shares().load(place)).toEqual(share);
    expect(statSync(sharePath()).mode & 0o777).toBe(0o600);
    expect(statSync(join(dataDir, 'keys')).mode & 0o777).toBe(0o700);
    expect(readdirSync(join(dataDir, 'keys')), 'nothing is left beside it').toEqual(['share-epoch-3.json']);
    expect(readFileSync(sharePath(), 'utf8')).not.toContain(Buffer.from(share).toString('hex'));
  });

  it('are refused for another network, epoch, member or version', () => {
    const other = toHash('cd'.repeat(32));
    const mismatch = (...fields: string[]) => refused('STORAGE_KEY_MISMATCH', { fields });
    expect(() => shares({ networkId: other }).load(place)).toThrow(mismatch('networkId'));
    expect(() => shares().load({ ...place, index: 2 })).toThrow(mismatch('index'));
    shares().save({ epoch: 4, index: 1 }, share);
    writeFileSync(sharePath(), readFileSync(join(dataDir, 'keys', 'share-epoch-4.json')));
    expect(() => shares().load(place)).toThrow(mismatch('epoch'));
    const newer = readFileSync(sharePath(), 'utf8')
      .replace('"epoch": 4', '"epoch": 3')
      .replace(/("kind": "key-share",\s*"version": )1/, '$12');
    writeFileSync(sharePath(), newer);
    expect(() => shares().load(place)).toThrow(mismatch('version'));
  });

  it('are refused under another passphrase, when changed, and when absent', () => {
    expect(() => shares({ passphrase: 'wrong' }).load(place)).toThrow(refused('STORAGE_KEY_INVALID'));
    expect(() => shares().load({ ...place, epoch: 9 })).toThrow(refused('STORAGE_KEY_MISSING'));
    for (const text of ['', '{}', 'x'.repeat(300_000), readFileSync(sharePath(), 'utf8').slice(0, -20)]) {
      writeFileSync(sharePath(), text);
      expect(() => shares().load(place), `${text.length} bytes`).toThrow(refused('STORAGE_KEY_INVALID'));
    }
  });

  it('are not overwritten unless told to', () => {
    const second = Uint8Array.from(share, (byte) => byte ^ 255);
    expect(() => shares().save(place, second)).toThrow(refused('STORAGE_KEY_EXISTS_INVALID'));
    expect(shares().load(place)).toEqual(share);
    shares().save(place, second, { force: true });
    expect(shares().load(place)).toEqual(second);
  });

  it('are listed by epoch, and erased', () => {
    shares().save({ epoch: 12, index: 1 }, share);
    shares({ folder: 'keys/ceremony' }).save({ epoch: 0, index: 1 }, share);
    expect(shares().epochs()).toEqual([3, 12]);
    expect(shares().has(12)).toBe(true);
    shares().erase(3);
    shares().erase(3);
    expect(shares().epochs()).toEqual([12]);
    expect(shares({ folder: 'none' }).epochs()).toEqual([]);
  });

  it('never stand in an error', () => {
    const hex = Buffer.from(share).toString('hex');
    for (const attempt of [
      () => shares({ passphrase: 'a wrong secret' }).load(place),
      () => shares().load({ epoch: 3, index: 7 }),
    ]) {
      try {
        attempt();
        expect.unreachable();
      } catch (error) {
        const { message, meta } = error as { message: string; meta: object };
        expect(`${message} ${JSON.stringify(meta)}`).not.toMatch(new RegExp(`${hex}|horse|wrong secret`));
      }
    }
  });
});

describe('the identity key', () => {
  const identity = (passphrase = 'correct horse') => new IdentityKeyStore({ dataDir, passphrase, costN });

  it('comes back, and tells its public key without the passphrase', () => {
    expect(identity().exists()).toBe(false);
    expect(() => identity().load()).toThrow(refused('STORAGE_KEY_MISSING'));
    const publicKey = identity().save(share);
    expect(identity().exists()).toBe(true);
    expect(identity().load()).toEqual(keyPairFromSeed(share));
    expect(readIdentityPublicKey(dataDir)).toBe(publicKey);
    expect(() => identity('wrong').load()).toThrow(refused('STORAGE_KEY_INVALID'));
    expect(() => identity().save(share)).toThrow(refused('STORAGE_KEY_EXISTS_INVALID'));
  });

  it('does not open when the file names another public key', () => {
    const publicKey = identity().save(share);
    const path = join(dataDir, 'keys', 'identity.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace(publicKey, 'ee'.repeat(32)));
    expect(() => identity().load()).toThrow(refused('STORAGE_KEY_INVALID'));
    writeFileSync(path, readFileSync(path, 'utf8').replace('ee'.repeat(32), 'no key'));
    expect(() => readIdentityPublicKey(dataDir)).toThrow(refused('STORAGE_KEY_INVALID'));
  });
});

describe('the passphrase', () => {
  const write = (content: string | Uint8Array) => {
    const file = join(dataDir, 'passphrase');
    writeFileSync(file, content);
    return file;
  };

  it('is the text of a file that an option or the environment names', () => {
    const file = write('correct horse \n');
    expect(readPassphrase({ file })).toBe('correct horse ');
    expect(readPassphrase({ environment: { [PASSPHRASE_FILE_VARIABLE]: file } })).toBe('correct horse ');
  });

  it('is refused when no file is named or readable, and when it is empty, long or no text', () => {
    expect(() => readPassphrase({ environment: {} })).toThrow(refused('STORAGE_PASSPHRASE_MISSING'));
    expect(() => readPassphrase({ file: join(dataDir, 'absent') })).toThrow(refused('STORAGE_PASSPHRASE_MISSING'));
    for (const content of ['', '\n', 'x'.repeat(4097), Uint8Array.of(0xff, 0xfe)]) {
      expect(() => readPassphrase({ file: write(content) })).toThrow(refused('STORAGE_PASSPHRASE_INVALID'));
    }
    expect(() => readPassphrase({ file: '/dev/zero' }), 'endless').toThrow(refused('STORAGE_PASSPHRASE_INVALID'));
  });

  it('may come through a pipe', () => {
    expect(spawnSync('mkfifo', [join(dataDir, 'pipe')]).status).toBe(0);
    const path = join(dataDir, 'pipe');
    const script = `printf 'piped\\n' > '${path}' & exec "$0" -e "
      import('${new URL('./passphrase.ts', import.meta.url).href}').then((m) => console.log(m.readPassphrase({ file: '${path}' })))"`;
    const run = spawnSync('sh', ['-c', script, process.execPath], { encoding: 'utf8', timeout: 20_000 });
    expect(run.stdout, run.stderr).toBe('piped\n');
  });
});
