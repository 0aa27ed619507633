/**
 * The first byte of each frame of an answer. An answer without an END was cut short; the reason of a refusal is one byte,
 * so that nothing a peer writes reaches a log.
 */
export const ANSWER_DATA = 0;
export const ANSWER_END = 1;
export const ANSWER_REFUSED = 2;
export const ANSWER_FAILED = 3;
