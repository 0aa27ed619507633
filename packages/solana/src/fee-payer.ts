import { mkdir, open, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createSigner, type Signer } from '@cairn/crypto';
import { randomBytes } from '@cairn/crypto/random';
import { CairnError, concatBytes, fromHex, type PublicKey, toPublicKey } from '@cairn/primitives';
import { toBase58 } from './base58.ts';
import type { SolanaAddress } from './chain-client.ts';

/** A key file is 64 numbers of at most three digits; anything longer is something else. */
const KEY_FILE_BYTES_MAX = 4096;

/** The key that pays chain fees. Apart from consensus keys, and never shown: it prints as its address. */
export class FeePayer {
  readonly address: SolanaAddress;
  readonly publicKey: PublicKey;
  readonly #signer: Signer;

  private constructor(signer: Signer) {
    this.#signer = signer;
    this.publicKey = signer.publicKey;
    this.address = toBase58(fromHex(signer.publicKey, 32));
  }

  /** A key that is kept nowhere, for tests and trials. */
  static generate(): FeePayer {
    return new FeePayer(createSigner(randomBytes(32)));
  }

  /**
   * Reads a Solana id.json (array of 64 bytes); makes one, mode 0600, when the path does not exist.
   * @throws SOLANA_KEY_FILE_MALFORMED
   */
  static async load(path: string): Promise<FeePayer> {
    try {
      if ((await stat(path)).size > KEY_FILE_BYTES_MAX) throw malformed();
      return new FeePayer(parse(await readFile(path, 'utf8')));
    } catch (error) {
      if ((error as { code?: string }).code !== 'ENOENT') throw error;
    }
    const seed = randomBytes(32);
    const signer = createSigner(seed);
    const secretKey = concatBytes(seed, fromHex(signer.publicKey, 32));
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    // `wx`: two processes that start at once never overwrite each other's key.
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(`${JSON.stringify([...secretKey])}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    return new FeePayer(signer);
  }

  /** @param message the bytes of a transaction's message. @returns 64 bytes. */
  sign(message: Uint8Array): Uint8Array {
    return fromHex(this.#signer.sign(message), 64);
  }

  toJSON(): string {
    return this.address;
  }
}

function parse(text: string): Signer {
  try {
    const bytes: unknown = JSON.parse(text);
    if (!Array.isArray(bytes) || bytes.length !== 64) throw malformed();
    if (!bytes.every((byte) => Number.isInteger(byte) && byte >= 0 && byte <= 255)) throw malformed();
    const signer = createSigner(Uint8Array.from(bytes.slice(0, 32)));
    if (signer.publicKey !== toPublicKey(Uint8Array.from(bytes.slice(32)))) throw malformed();
    return signer;
  } catch {
    // No cause: it could quote the file.
    throw malformed();
  }
}

function malformed(): CairnError {
  return new CairnError('SOLANA_KEY_FILE_MALFORMED', 'the fee payer file is not a Solana id.json');
}
