/** Every code that this package throws; docs/errors.md is made from this table. */
export const CLIENT_ERRORS = {
  CLIENT_VERIFICATION_INVALID: {
    meaning: 'The server sent a document that does not verify; the error holds the report, check by check.',
    remedy: 'Do not use the data. Ask another server: this one is broken or lies.',
  },
  CLIENT_ANSWER_MISMATCH: {
    meaning:
      'The server sent a document that verifies, but another than was asked for: another feed, window or report.',
    remedy: 'Ask another server: this one is broken or lies.',
  },
  CLIENT_ANSWER_MALFORMED: {
    meaning: 'The server sent something that is no answer to what was asked.',
    remedy: 'Check that the address is that of a Cairn aggregator.',
  },
  CLIENT_ANSWER_EXCEEDED: {
    meaning: 'The server sent more than any honest answer holds; the rest was not read.',
    remedy: 'Ask another server.',
  },
  CLIENT_SERVER_INVALID: {
    meaning: 'The server could not be reached, or answered with an error; `meta` holds its status and code.',
    remedy: 'Try again later, or another server.',
  },
  CLIENT_SERVER_TIMEOUT: {
    meaning: 'The server did not answer in time.',
    remedy: 'Try again later, or another server.',
  },
  CLIENT_HISTORY_INVALID: {
    meaning:
      'The group signed a checkpoint that is not consistent with one seen before: history was rewritten, or hidden.',
    remedy: 'Stop. Keep both notes, which the error holds, and publish them: they prove it to anyone.',
  },
  CLIENT_OPTIONS_INVALID: {
    meaning: 'The client was given an unusable address, trust or option.',
    remedy: 'Read the message.',
  },
} as const;

/** A code of this package. */
export type ClientErrorCode = keyof typeof CLIENT_ERRORS;
