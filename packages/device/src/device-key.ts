import { createSigner, type Signer } from '@cairn/crypto';
import { CairnError, fromHex, type PublicKey, type Signature, toHex } from '@cairn/primitives';
import type { DeviceErrorCode } from './errors.ts';

const KIND = 'cairn-device-key';

/** An Ed25519 key of a device or registrar. Printing it, or making JSON of it, shows the public key only. */
export class DeviceKey implements Signer {
  readonly publicKey: PublicKey;
  readonly #seed: Uint8Array;
  readonly #signer: Signer;

  private constructor(seed: Uint8Array) {
    this.#seed = seed.slice();
    this.#signer = createSigner(this.#seed);
    this.publicKey = this.#signer.publicKey;
  }

  /** @param randomBytes a cryptographic source, such as `@cairn/crypto/random`. */
  static generate(randomBytes: (length: number) => Uint8Array): DeviceKey {
    return new DeviceKey(randomBytes(32));
  }

  /** @param seed 32 bytes (RFC 8032), copied. @throws CRYPTO_SEED_MALFORMED */
  static fromSeed(seed: Uint8Array): DeviceKey {
    return new DeviceKey(seed);
  }

  /** Reads what `toFileText` wrote. @throws DEVICE_KEY_MALFORMED, without a word of the file's text */
  static parse(text: string): DeviceKey {
    const malformed = (why: string) => new CairnError<DeviceErrorCode>('DEVICE_KEY_MALFORMED', why);
    let key: DeviceKey;
    let file: { readonly kind?: unknown; readonly publicKey?: unknown; readonly seed?: unknown };
    try {
      file = JSON.parse(text);
      key = new DeviceKey(fromHex(String(file.seed), 32));
    } catch {
      throw malformed('not a device key');
    }
    if (file.kind !== KIND) throw malformed('a key of another kind');
    if (file.publicKey !== key.publicKey) throw malformed('its public key is not that of its seed');
    return key;
  }

  sign(message: Uint8Array): Signature {
    return this.#signer.sign(message);
  }

  /** The text of a key file. Holds the secret: write it for its owner only. */
  toFileText(): string {
    return `${JSON.stringify({ kind: KIND, version: 1, publicKey: this.publicKey, seed: toHex(this.#seed) })}\n`;
  }

  toJSON(): { readonly publicKey: PublicKey } {
    return { publicKey: this.publicKey };
  }
}
