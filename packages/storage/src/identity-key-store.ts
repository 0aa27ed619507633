import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type KeyPair, keyPairFromSeed } from '@cairn/crypto';
import { CairnError, type PublicKey, toPublicKey } from '@cairn/primitives';
import { type KeySealing, readBinding, readSecret, writeSecret } from './key-file.ts';

const IDENTITY_VERSION = 1;

export interface IdentityKeyStoreOptions extends KeySealing {
  readonly dataDir: string;
}

/** A node's Ed25519 identity key at rest, sealed and bound to its public key. It is older than any network. */
export class IdentityKeyStore {
  readonly #options: IdentityKeyStoreOptions;
  readonly #path: string;

  constructor(options: IdentityKeyStoreOptions) {
    this.#options = options;
    this.#path = identityKeyPath(options.dataDir);
  }

  exists(): boolean {
    return existsSync(this.#path);
  }

  /**
   * Durable on return.
   * @param secretSeed 32 bytes, neither kept nor wiped.
   * @throws STORAGE_KEY_EXISTS_INVALID without `force`; CRYPTO_SEED_MALFORMED, STORAGE_DISK_FULL, STORAGE_IO_INVALID
   */
  save(secretSeed: Uint8Array, options: { readonly force?: boolean } = {}): PublicKey {
    const { publicKey } = keyPairFromSeed(secretSeed);
    const binding = { ...expected, publicKey };
    writeSecret(
      { ...this.#options, path: this.#path, binding, description: 'Cairn identity key' },
      secretSeed,
      options,
    );
    return publicKey;
  }

  /**
   * @returns the pair; the caller wipes the seed.
   * @throws STORAGE_KEY_MISSING, STORAGE_KEY_MISMATCH, STORAGE_KEY_INVALID
   */
  load(): KeyPair {
    const publicKey = readIdentityPublicKey(this.#options.dataDir);
    const binding = { ...expected, publicKey };
    const pair = keyPairFromSeed(readSecret({ ...this.#options, path: this.#path, binding }));
    if (pair.publicKey !== publicKey) {
      throw new CairnError('STORAGE_KEY_INVALID', 'the identity key is not the one the file names', { publicKey });
    }
    return pair;
  }
}

const expected = { kind: 'identity', version: IDENTITY_VERSION } as const;

/**
 * The public key as the file names it, without the passphrase.
 * @throws STORAGE_KEY_MISSING, STORAGE_KEY_INVALID
 */
export function readIdentityPublicKey(dataDir: string): PublicKey {
  const path = identityKeyPath(dataDir);
  const { publicKey } = readBinding(path);
  try {
    return toPublicKey(String(publicKey));
  } catch (cause) {
    throw new CairnError('STORAGE_KEY_INVALID', 'the identity file names no public key', { file: path }, { cause });
  }
}

function identityKeyPath(dataDir: string): string {
  return join(dataDir, 'keys', 'identity.json');
}
