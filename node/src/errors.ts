/** Codes of the command line; docs/errors.md is made from this table. */
export const NODE_ERRORS = {
  COMMAND_OPTION_INVALID: {
    meaning: 'An option of a command is missing, malformed, or contradicts another.',
    remedy: 'Read the message, and the command with --help.',
  },
  COMMAND_INPUT_MISSING: {
    meaning: 'A file or an address that a command was given cannot be read.',
    remedy: 'Check the path or the address, and who may read it.',
  },
  COMMAND_INPUT_EXCEEDED: {
    meaning: 'A file or an answer is longer than the command takes.',
    remedy: 'Give a smaller one; the message states the bound.',
  },
  COMMAND_INPUT_MALFORMED: {
    meaning: 'A file or an answer is not of the shape that the command reads.',
    remedy: 'The message names the column, field or line.',
  },
  COMMAND_FEED_UNKNOWN: {
    meaning: 'The network has no feed of that name.',
    remedy: 'List its feeds: GET /v1/feeds of any node.',
  },
  COMMAND_CHANNEL_UNKNOWN: {
    meaning: 'The source has no reading for a channel of the feed.',
    remedy: 'Choose another feed or source, or map a column to the channel with --values.',
  },
} as const;

/** A code of the command line. */
export type CommandErrorCode = keyof typeof NODE_ERRORS;
