/** Codes raised by this package; docs/errors.md is made from this table. */
export const LEDGER_ERRORS = {
  LEDGER_STATE_MALFORMED: {
    meaning: 'An entry of the stored state (or of a snapshot) has a key or value that no block writes.',
    remedy: 'The store is damaged or of another version: restore the node from a snapshot or by catching up.',
  },
} as const;
