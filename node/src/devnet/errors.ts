/** Every code that the devnet throws. */
export const DEVNET_ERRORS = {
  DEVNET_CEREMONY_INVALID: {
    meaning: 'The members did not make a group key together.',
    remedy: 'Read the logs of the members under DIR/logs; start again with --clean.',
  },
  DEVNET_DATA_MISMATCH: {
    meaning: 'The data directory does not fit what was asked for: another number of nodes, or no devnet at all.',
    remedy:
      'Name another directory with --data, start with the options of the first start, or throw it away with --clean.',
  },
  DEVNET_OPTION_INVALID: {
    meaning: 'An option of cairn devnet cannot be used.',
    remedy: 'See cairn devnet --help.',
  },
  DEVNET_PROCESS_MISSING: {
    meaning: 'A process of the devnet ended again and again.',
    remedy: 'Its last lines stand above and under DIR/logs.',
  },
  DEVNET_TIMEOUT: {
    meaning: 'What --until asks for was not reached in time.',
    remedy: 'The message says what was missing. On a slow machine, allow more with --timeout.',
  },
  DEVNET_VERIFICATION_INVALID: {
    meaning: 'The separate program refused the attestation.',
    remedy: 'Its answer stands above; the attestation is kept in the data directory.',
  },
} as const;
