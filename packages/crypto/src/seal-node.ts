import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from 'node:crypto';
import { CairnError, compareText, fromHex, toHex, utf8 } from '@cairn/primitives';

/** What a sealed secret belongs to (network id, epoch, member index, kind ...). Bound by the AEAD. */
export type SealBinding = Readonly<Record<string, string | number>>;

/** A key file, as JSON. Every field but `ciphertext` is readable without the passphrase; all are authenticated. */
export interface SealedSecret {
  readonly version: 1;
  readonly description: string;
  readonly kdf: {
    readonly name: 'scrypt';
    readonly n: number;
    readonly r: number;
    readonly p: number;
    readonly salt: string;
  };
  readonly cipher: { readonly name: 'aes-256-gcm'; readonly nonce: string };
  /** Plaintext under the cipher, followed by the 16-byte tag. Hex. */
  readonly ciphertext: string;
  readonly binding: SealBinding;
}

export interface SealOptions {
  /** scrypt's cost, a power of two. 2^17 takes some 0.4 s and 128 MiB. */
  readonly costN: number;
  readonly description: string;
}

export const defaultSealOptions: SealOptions = { costN: 2 ** 17, description: '' };

/** No file of ours is weaker (2^12 is for tests), and none makes the opener spend more than 1 GiB. */
const COST_N_MIN = 2 ** 12;
const COST_N_MAX = 2 ** 20;
const SECRET_BYTES_MAX = 65_536;

/**
 * Encrypts a secret for a file: scrypt (RFC 7914) and AES-256-GCM, with `binding` as associated data.
 * @param plaintext at most 64 KiB; neither kept nor wiped.
 * @returns a JSON document.
 * @throws CRYPTO_SEAL_OUT_OF_RANGE for parameters that `openSealed` would refuse.
 */
export function sealSecret(
  plaintext: Uint8Array,
  passphrase: string,
  binding: SealBinding,
  options: Partial<SealOptions> = {},
): SealedSecret {
  const { costN, description } = { ...defaultSealOptions, ...options };
  checkCost(costN);
  if (plaintext.length > SECRET_BYTES_MAX) {
    throw new CairnError('CRYPTO_SEAL_OUT_OF_RANGE', 'secret too long', { length: plaintext.length });
  }
  const kdf = { name: 'scrypt', n: costN, r: 8, p: 1, salt: toHex(randomBytes(32)) } as const;
  const cipher = { name: 'aes-256-gcm', nonce: toHex(randomBytes(12)) } as const;
  const head = { version: 1, description, kdf, cipher, binding } as const;
  const aead = createCipheriv('aes-256-gcm', keyOf(passphrase, kdf), fromHex(cipher.nonce));
  aead.setAAD(associatedData(head));
  const ciphertext = Buffer.concat([aead.update(plaintext), aead.final(), aead.getAuthTag()]);
  return { ...head, ciphertext: toHex(ciphertext) };
}

/**
 * Decrypts a key file, after checking that it belongs to what the caller expects.
 * @param document parsed JSON of any shape.
 * @param expected each field must be equal in the file's binding; the file may bind more.
 * @returns the secret; the caller wipes it.
 * @throws CRYPTO_SEAL_MALFORMED, CRYPTO_SEAL_MISMATCH (names the fields), CRYPTO_SEAL_OUT_OF_RANGE,
 * CRYPTO_SEAL_INVALID (wrong passphrase or changed file: the two cannot be told apart).
 */
export function openSealed(document: unknown, passphrase: string, expected: SealBinding): Uint8Array {
  const sealed = parseSealed(document);
  const fields = Object.keys(expected).filter((field) => sealed.binding[field] !== expected[field]);
  if (fields.length > 0) {
    throw new CairnError('CRYPTO_SEAL_MISMATCH', 'the key file belongs to something else', { fields });
  }
  checkCost(sealed.kdf.n);
  const bytes = fromHex(sealed.ciphertext);
  const aead = createDecipheriv('aes-256-gcm', keyOf(passphrase, sealed.kdf), fromHex(sealed.cipher.nonce));
  aead.setAAD(associatedData(sealed));
  aead.setAuthTag(bytes.subarray(bytes.length - 16));
  try {
    return new Uint8Array(Buffer.concat([aead.update(bytes.subarray(0, bytes.length - 16)), aead.final()]));
  } catch (cause) {
    throw new CairnError('CRYPTO_SEAL_INVALID', 'wrong passphrase or changed file', {}, { cause });
  }
}

/** @returns the document with its shape checked. @throws CRYPTO_SEAL_MALFORMED. */
export function parseSealed(document: unknown): SealedSecret {
  const sealed = document as SealedSecret;
  const isSound =
    hasOnly(sealed, ['version', 'description', 'kdf', 'cipher', 'ciphertext', 'binding']) &&
    sealed.version === 1 &&
    typeof sealed.description === 'string' &&
    hasOnly(sealed.kdf, ['name', 'n', 'r', 'p', 'salt']) &&
    sealed.kdf.name === 'scrypt' &&
    sealed.kdf.r === 8 &&
    sealed.kdf.p === 1 &&
    isHex(sealed.kdf.salt, 32, 32) &&
    hasOnly(sealed.cipher, ['name', 'nonce']) &&
    sealed.cipher.name === 'aes-256-gcm' &&
    isHex(sealed.cipher.nonce, 12, 12) &&
    isHex(sealed.ciphertext, 16, SECRET_BYTES_MAX + 16) &&
    isObject(sealed.binding) &&
    Object.values(sealed.binding).every((value) => typeof value === 'string' || Number.isSafeInteger(value));
  if (!isSound) throw new CairnError('CRYPTO_SEAL_MALFORMED', 'not a sealed secret of version 1');
  return sealed;
}

function checkCost(costN: number): void {
  const isPower = Number.isSafeInteger(costN) && Number.isInteger(Math.log2(costN));
  if (!isPower || costN < COST_N_MIN || costN > COST_N_MAX) {
    throw new CairnError('CRYPTO_SEAL_OUT_OF_RANGE', 'scrypt cost out of range', { costN: Number(costN) });
  }
}

/** The passphrase is normalised, so that it does not depend on the keyboard it was typed on. */
function keyOf(passphrase: string, kdf: SealedSecret['kdf']): Uint8Array {
  const maxmem = 256 * kdf.n * kdf.r;
  return scryptSync(passphrase.normalize('NFKC'), fromHex(kdf.salt), 32, { N: kdf.n, r: kdf.r, p: kdf.p, maxmem });
}

/** Everything but the ciphertext, in one fixed order. */
function associatedData(head: Omit<SealedSecret, 'ciphertext'>): Uint8Array {
  const binding = Object.entries(head.binding).sort(([a], [b]) => compareText(a, b));
  const { name, n, r, p, salt } = head.kdf;
  const { name: cipher, nonce } = head.cipher;
  return utf8(JSON.stringify([head.version, head.description, name, n, r, p, salt, cipher, nonce, binding]));
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A field beside these would not be authenticated. */
function hasOnly(value: unknown, fields: readonly string[]): boolean {
  return isObject(value) && Object.keys(value).every((field) => fields.includes(field));
}

function isHex(value: unknown, bytesMin: number, bytesMax: number): boolean {
  return (
    typeof value === 'string' &&
    value.length % 2 === 0 &&
    value.length >= 2 * bytesMin &&
    value.length <= 2 * bytesMax &&
    /^[0-9a-f]*$/.test(value)
  );
}
