/** Every code that this package throws. */
export const THRESHOLD_ERRORS = {
  THRESHOLD_NONCE_SPENT: {
    meaning: 'A signing nonce was used, or destroyed, before. To sign twice with one nonce gives away the key share.',
    remedy: 'Answer with a fresh nonce commitment; never keep or copy nonces.',
  },
  THRESHOLD_COMMITMENTS_INVALID: {
    meaning: 'The commitment list of a signing session is not distinct members in index order with 32-byte points.',
    remedy: 'Refuse the sign request.',
  },
  THRESHOLD_COMMITMENT_MISMATCH: {
    meaning: 'A session names another commitment for this member than the one its nonce belongs to, or none.',
    remedy: 'Refuse the sign request; the nonce stays unspent.',
  },
  THRESHOLD_KEY_MISMATCH: {
    meaning: 'A key share of one group key was used in a session of another.',
    remedy: 'Use the key share of the epoch that the session belongs to.',
  },
  THRESHOLD_CEREMONY_INVALID: {
    meaning: 'A key generation was set up with a committee, threshold or own index that makes no sense.',
    remedy: 'Take members and threshold from the draft genesis.',
  },
  THRESHOLD_CERTIFICATE_INVALID: {
    meaning: 'A certificate does not hold the signature of every member over this transcript.',
    remedy: 'The key is not live: ask another member for the certificate, or run the ceremony again.',
  },
} as const;

export type ThresholdErrorCode = keyof typeof THRESHOLD_ERRORS;
