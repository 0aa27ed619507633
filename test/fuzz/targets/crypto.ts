import { createSigner, isValidPublicKey, verifySignature } from '@cairn/crypto';
import { verifyNative } from '@cairn/crypto/ed25519/native';
import { verifyPortable } from '@cairn/crypto/ed25519/portable';
import { decodeScalar, groupArithmetic, scalarToBytes } from '@cairn/crypto/group';
import { openSealed, parseSealed, sealSecret } from '@cairn/crypto/seal';
import {
  concatBytes,
  fromBase64,
  fromBase64Url,
  fromHex,
  fromUtf8,
  type Rng,
  toBase64,
  toBase64Url,
  toHex,
  utf8,
} from '@cairn/primitives';
import { inputsFrom } from '../inputs/input-source.ts';
import { Broken, demandSame, isAccepted, type Subject, stateless, type Target } from '../target.ts';

const signer = createSigner(new Uint8Array(32).fill(7));
const MESSAGE_BYTES = 24;

/** key || signature || message */
function signed(rng: Rng): Uint8Array {
  const message = rng.bytes(MESSAGE_BYTES);
  return concatBytes(fromHex(signer.publicKey), fromHex(signer.sign(message)), message);
}

type Verify = (key: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;

const over = (verify: Verify, input: Uint8Array): boolean =>
  verify(input.subarray(0, 32), input.subarray(96), input.subarray(32, 96));

/** A text form: what is read writes the same text again. */
function textForm(read: (text: string) => Uint8Array, write: (bytes: Uint8Array) => string): () => Subject {
  return () => ({
    generate: inputsFrom('text', (rng) => utf8(write(rng.bytes(rng.integer(0, 80))))),
    take: (input) =>
      isAccepted(() => {
        const text = Buffer.from(input).toString();
        demandSame(utf8(write(read(text))), utf8(text));
      }),
  });
}

function sealing(): Subject {
  const binding = { networkId: '11'.repeat(32), kind: 'share', member: 1 };
  const sealed = sealSecret(new Uint8Array(32).fill(9), 'passphrase', binding, { costN: 4096 });
  const text = JSON.stringify(sealed);
  return {
    generate: inputsFrom('json', () => utf8(text)),
    take: (input, rng) => {
      const document = parsed(input);
      const isSound = isAccepted(() => parseSealed(document));
      // scrypt is slow on purpose
      const isTried = rng.chance(0.001) && isSound && parseSealed(document).kdf.n <= 4096;
      if (isTried && isAccepted(() => openSealed(document, 'passphrase', binding)) && !isEqual(document, sealed))
        throw new Broken('a changed key file opens');
      return isSound;
    },
  };
}

function isEqual(document: unknown, sealed: object): boolean {
  return Object.entries(sealed).every(
    ([name, value]) => JSON.stringify((document as Record<string, unknown>)[name]) === JSON.stringify(value),
  );
}

function parsed(input: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(input).toString());
  } catch {
    return null;
  }
}

/** Text forms, keys, signatures, scalars, points and sealed files. */
export const targets: readonly Target[] = [
  stateless('crypto/hex', textForm(fromHex, toHex)),
  stateless('crypto/base64', textForm(fromBase64, toBase64)),
  stateless('crypto/base64url', textForm(fromBase64Url, toBase64Url)),
  stateless('crypto/utf8', () => ({
    generate: inputsFrom('text', () => utf8('caf\u00e9 \ud83d\ude00 \ufefftext')),
    take: (input) => isAccepted(() => demandSame(utf8(fromUtf8(input)), input)),
  })),
  stateless('crypto/verify', () => ({
    generate: inputsFrom('bytes', signed),
    take: (input) => over(verifySignature, input),
  })),
  stateless(
    'crypto/verify-twice',
    () => ({
      generate: inputsFrom('bytes', signed),
      take: (input) => {
        const isNative = over(verifyNative, input);
        if (isNative !== over(verifyPortable, input)) throw new Broken('two libraries, two verdicts');
        return isNative;
      },
    }),
    0.01,
  ),
  stateless('crypto/public-key', () => ({
    generate: inputsFrom('bytes', (rng) => fromHex(createSigner(rng.bytes(32)).publicKey)),
    take: (input) => isValidPublicKey(input) && isValidPublicKey(toHex(input) as never),
  })),
  stateless('crypto/scalar', () => ({
    generate: inputsFrom('bytes', (rng) => rng.bytes(32).fill(0, 31)),
    take: (input) => isAccepted(() => demandSame(scalarToBytes(decodeScalar(input)), input)),
  })),
  stateless('crypto/point', () => ({
    generate: inputsFrom('bytes', (rng) => fromHex(createSigner(rng.bytes(32)).publicKey)),
    take: (input) => {
      const isSound = groupArithmetic.isValidPoint(input);
      const isAdded = isAccepted(() => groupArithmetic.add(input, input));
      if (isSound && !isAdded) throw new Broken('a point that cannot be added');
      return isSound;
    },
  })),
  stateless('crypto/sealed-file', sealing),
];
