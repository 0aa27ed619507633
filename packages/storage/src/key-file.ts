import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { basename, dirname } from 'node:path';
import { openSealed, parseSealed, type SealBinding, type SealedSecret, sealSecret } from '@cairn/crypto/seal';
import { CairnError, hasCode } from '@cairn/primitives';
import { syncDirectory } from './data-dir-lock.ts';
import { makeDirectory } from './make-directory.ts';
import { toStorageError } from './sqlite-error.ts';

/** A sealed secret is at most 64 KiB, in hex. */
const KEY_FILE_BYTES_MAX = 256 * 1024;

export interface KeySealing {
  readonly passphrase: string;
  /** scrypt's cost, a power of two; the default of `@cairn/crypto/seal` if absent. */
  readonly costN?: number;
}

export interface SecretFile extends KeySealing {
  readonly path: string;
  readonly binding: SealBinding;
}

/**
 * Seals a secret into a file: written beside, synced, moved into place, directory synced; mode 0600. After a crash the
 * old file is there or the new one, never a half.
 * @param options.force replaces an existing file, whose key is then gone.
 * @throws STORAGE_KEY_EXISTS_INVALID, STORAGE_DISK_FULL, STORAGE_IO_INVALID
 */
export function writeSecret(
  file: SecretFile & { readonly description: string },
  secret: Uint8Array,
  options: { readonly force?: boolean } = {},
): void {
  const { path, passphrase, binding, description, costN } = file;
  if (!options.force && existsSync(path)) throw exists(path);
  const sealed = sealSecret(secret, passphrase, binding, { description, ...(costN === undefined ? {} : { costN }) });
  foreign(path, () => placeFile(path, `${JSON.stringify(sealed, null, 2)}\n`, options.force === true));
}

/**
 * @returns the secret; the caller wipes it.
 * @throws STORAGE_KEY_MISSING, STORAGE_KEY_MISMATCH (names the fields), STORAGE_KEY_INVALID
 */
export function readSecret(file: SecretFile): Uint8Array {
  const { path, passphrase, binding } = file;
  return sealErrors(path, () => openSealed(readDocument(path), passphrase, binding));
}

/**
 * What a key file says of itself, without the passphrase: not authenticated before the secret was opened.
 * @throws STORAGE_KEY_MISSING, STORAGE_KEY_INVALID
 */
export function readBinding(path: string): SealBinding {
  return sealErrors(path, () => parseSealed(readDocument(path)).binding);
}

/**
 * Overwrites and removes a key file. File systems that copy on write, and most flash disks, may keep the old bytes:
 * they are sealed, and this is the reason.
 */
export function eraseSecret(path: string): void {
  if (!existsSync(path)) return;
  foreign(path, () => {
    const descriptor = openSync(path, 'r+');
    try {
      writeSync(descriptor, new Uint8Array(statSync(path).size), 0);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    rmSync(path);
    syncDirectory(dirname(path));
  });
}

function placeFile(path: string, text: string, force: boolean): void {
  const directory = dirname(path);
  makeDirectory(directory);
  const temporary = `${path}.${process.pid}.tmp`;
  rmSync(temporary, { force: true });
  try {
    const descriptor = openSync(temporary, 'wx', 0o600);
    try {
      writeFileSync(descriptor, text);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    if (force) renameSync(temporary, path);
    // A link, unlike a rename, never takes the place of a file that appeared meanwhile.
    else linkSync(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
  syncDirectory(directory);
}

function readDocument(path: string): unknown {
  const text = foreign(path, () => {
    if (!existsSync(path)) throw new CairnError('STORAGE_KEY_MISSING', `no key file ${basename(path)}`, { file: path });
    return statSync(path).size > KEY_FILE_BYTES_MAX ? '' : readFileSync(path, 'utf8');
  });
  try {
    return JSON.parse(text) as SealedSecret;
  } catch {
    // Without the cause: a JSON error quotes the file.
    throw new CairnError('STORAGE_KEY_INVALID', `${basename(path)} is not a key file`, { file: path });
  }
}

function sealErrors<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (hasCode(cause, 'CRYPTO_SEAL_MISMATCH')) {
      const fields = cause.meta.fields as readonly string[];
      const message = `${basename(path)} belongs to another ${fields.join(', ')}`;
      throw new CairnError('STORAGE_KEY_MISMATCH', message, { file: path, fields }, { cause });
    }
    const isSeal = cause instanceof CairnError && cause.code.startsWith('CRYPTO_SEAL_');
    if (!isSeal) throw cause;
    throw new CairnError('STORAGE_KEY_INVALID', `${basename(path)}: ${cause.message}`, { file: path }, { cause });
  }
}

function foreign<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw (cause as { code?: string }).code === 'EEXIST' ? exists(path) : toStorageError(cause);
  }
}

function exists(path: string): CairnError {
  return new CairnError('STORAGE_KEY_EXISTS_INVALID', `${basename(path)} is already there`, { file: path });
}
