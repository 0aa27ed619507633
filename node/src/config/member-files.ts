import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KeyPair } from '@cairn/crypto';
import { decodeScalar, groupArithmetic } from '@cairn/crypto/group';
import { CairnError, type MemberIndex, type PublicKey, toHex } from '@cairn/primitives';
import { type Genesis, type GenesisDraft, genesisDraftFromValue, genesisFromJson, networkIdOf } from '@cairn/protocol';
import { IdentityKeyStore, KeyShareStore, readIdentityPublicKey, readPassphrase } from '@cairn/storage';
import type { KeyShare } from '@cairn/threshold';
import { parse } from 'yaml';
import type { Settings } from './settings.ts';

const DOCUMENT_BYTES_MAX = 4 * 1024 * 1024;

/** The files of one member: where they are, and how they are opened. */
export class MemberFiles {
  readonly #settings: Settings;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  get dataDir(): string {
    return this.#settings.data;
  }

  get genesisPath(): string {
    return this.#settings.genesis ?? join(this.dataDir, 'genesis.json');
  }

  get draftPath(): string {
    return this.#settings.draft ?? join(this.dataDir, 'draft.json');
  }

  get passphrasePath(): string {
    return this.#settings.passphraseFile ?? join(this.dataDir, 'passphrase');
  }

  hasGenesis(): boolean {
    return existsSync(this.genesisPath);
  }

  hasDraft(): boolean {
    return existsSync(this.draftPath);
  }

  /** @throws CONFIG_FILE_MISSING, PROTOCOL_* */
  readGenesis(): Genesis {
    return genesisFromJson(readDocument(this.genesisPath));
  }

  /** JSON or YAML. @throws CONFIG_FILE_MISSING, CONFIG_FILE_MALFORMED, PROTOCOL_* */
  readDraft(): GenesisDraft {
    const text = readDocument(this.draftPath);
    let value: unknown;
    try {
      value = parse(text, { maxAliasCount: 0, uniqueKeys: true });
    } catch (cause) {
      const [line = ''] = (cause as Error).message.split('\n');
      throw new CairnError('CONFIG_FILE_MALFORMED', `${this.draftPath}: ${line}`, { file: this.draftPath });
    }
    return genesisDraftFromValue(value);
  }

  hasShare(): boolean {
    return existsSync(join(this.dataDir, 'keys', 'share-epoch-0.json'));
  }

  /** As the key file names it, without the passphrase. @throws STORAGE_KEY_* */
  identityKey(): PublicKey {
    return readIdentityPublicKey(this.dataDir);
  }

  identityKeyOrNull(): PublicKey | null {
    return existsSync(join(this.dataDir, 'keys', 'identity.json')) ? this.identityKey() : null;
  }

  /** @throws STORAGE_PASSPHRASE_* */
  readPassphrase(): string {
    return readPassphrase({ file: this.passphrasePath });
  }

  /** @returns the identity key pair; the caller wipes the seed. @throws STORAGE_PASSPHRASE_*, STORAGE_KEY_* */
  openIdentity(passphrase: string): KeyPair {
    return new IdentityKeyStore({ dataDir: this.dataDir, passphrase }).load();
  }

  /**
   * @returns the key share of this member, checked to be the one that the genesis document names.
   * @throws STORAGE_KEY_*, NODE_SHARE_INVALID
   */
  openShare(genesis: Genesis, index: MemberIndex, passphrase: string): KeyShare {
    const store = new KeyShareStore({ dataDir: this.dataDir, networkId: networkIdOf(genesis), passphrase });
    const secretShare = store.load({ epoch: 0, index });
    const verificationShare = genesis.verificationShares[index] as PublicKey;
    if (toHex(groupArithmetic.multiplyBase(decodeScalar(secretShare))) !== verificationShare) {
      throw new CairnError('NODE_SHARE_INVALID', 'the key share is not the one that the genesis document names', {
        index,
      });
    }
    return { index, groupKey: genesis.groupKey, verificationShare, secretShare };
  }
}

/** @returns the member's place in the list. @throws NODE_IDENTITY_MISMATCH */
export function memberIndexOf(members: GenesisDraft['members'], identityKey: PublicKey): MemberIndex {
  const index = members.findIndex((member) => member.identityKey === identityKey);
  if (index < 0) {
    throw new CairnError('NODE_IDENTITY_MISMATCH', 'the identity key of this directory is no member', { identityKey });
  }
  return index;
}

function readDocument(file: string): string {
  try {
    const text = readFileSync(file, 'utf8');
    if (text.length <= DOCUMENT_BYTES_MAX) return text;
  } catch (cause) {
    throw new CairnError('CONFIG_FILE_MISSING', `cannot read ${file}`, { file }, { cause });
  }
  throw new CairnError('CONFIG_FILE_MALFORMED', `${file} is too long`, { file });
}
