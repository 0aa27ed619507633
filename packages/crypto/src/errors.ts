/** Every code that this package throws. */
export const CRYPTO_ERRORS = {
  CRYPTO_SELF_TEST_INVALID: {
    meaning: 'The Ed25519 backend of this process judges a crafted signature otherwise than the network does.',
    remedy: 'Do not run this build: reinstall the dependencies, and use the pinned version of sodium-native.',
  },
  CRYPTO_SEED_MALFORMED: {
    meaning: 'A secret seed is not 32 bytes long.',
    remedy: 'Pass the 32-byte RFC 8032 seed, not the 64-byte expanded key.',
  },
  CRYPTO_POINT_INVALID: {
    meaning: 'Bytes given to group arithmetic are no canonical point of prime order.',
    remedy: 'Check points with isValidPoint when they arrive.',
  },
  CRYPTO_SCALAR_OUT_OF_RANGE: {
    meaning: 'A scalar is not 32 little-endian bytes below the group order.',
    remedy: 'Refuse the message that carried it.',
  },
  CRYPTO_SEAL_MALFORMED: {
    meaning: 'A key file cannot be parsed as a sealed secret.',
    remedy: 'Restore the file from where it was made; do not edit key files.',
  },
  CRYPTO_SEAL_MISMATCH: {
    meaning: 'A key file is sound but belongs to something else: another network, epoch, member or version.',
    remedy: 'Use the key file of this network and epoch.',
  },
  CRYPTO_SEAL_INVALID: {
    meaning: 'The passphrase is wrong, or the key file was changed.',
    remedy: 'Check the passphrase; if it is right, restore the file.',
  },
  CRYPTO_SEAL_OUT_OF_RANGE: {
    meaning: 'The key derivation parameters of a key file are weaker or larger than any that Cairn writes.',
    remedy: 'Refuse the file: it was not written by Cairn.',
  },
} as const;

export type CryptoErrorCode = keyof typeof CRYPTO_ERRORS;
