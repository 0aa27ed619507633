/** Codes raised by this package; docs/errors.md is made from this table. */
export const AGGREGATOR_ERRORS = {
  AGGREGATOR_SOURCE_UNREACHABLE: {
    meaning: 'A node that is followed does not answer, or answers with an HTTP error.',
    remedy: 'Check its URL and whether it runs; the other sources are used meanwhile.',
  },
  AGGREGATOR_SOURCE_TIMEOUT: {
    meaning: 'A node that is followed did not give its whole answer in time.',
    remedy: 'Look at the connection to it; the other sources are used meanwhile.',
  },
  AGGREGATOR_SOURCE_MALFORMED: {
    meaning: 'The answer of a node that is followed is too large or cannot be decoded.',
    remedy: 'Check that the URL is that of a node of this version; the other sources are used meanwhile.',
  },
  AGGREGATOR_GENESIS_MISSING: {
    meaning: 'No genesis file, draft or network id was given, or no source has the genesis of that network.',
    remedy:
      'Name the genesis file, or the network id (its hash) or the draft of its members, and a source that serves the document.',
  },
  AGGREGATOR_OPTIONS_INVALID: {
    meaning: 'An option of the aggregator cannot be used; the message says which.',
    remedy: 'Correct the flag, the CAIRN_ variable or the file.',
  },
  AGGREGATOR_WORKER_INVALID: {
    meaning: 'A thread that verifies signatures ended unexpectedly.',
    remedy: 'See the cause; it is started again by itself.',
  },
} as const;

export type AggregatorErrorCode = keyof typeof AGGREGATOR_ERRORS;
