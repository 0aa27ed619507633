export { DEVNET_ERRORS } from './devnet/errors.ts';

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
  COMMAND_FILES_INVALID: {
    meaning:
      'The operating system refused to read or write a file, or to listen; the message names the call and its reason.',
    remedy: 'Check that the path is what you mean, who may write there, and whether the disk is full.',
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
  INTAKE_SIGNATURE_INVALID: {
    meaning: 'The signature of a report, registration or revocation does not verify.',
    remedy: 'Sign for the network id that /v1/info shows, with the key that the item names.',
  },
  INTAKE_POOL_EXCEEDED: {
    meaning: 'This member holds as many reports as it may that are not in a block yet.',
    remedy: 'Send the report again later, or to another member.',
  },
  INTAKE_MEMBER_INVALID: {
    meaning: 'This member has stopped signing and batching, so it takes no reports.',
    remedy: 'Send the report to another member; the operator finds the reason at /ready.',
  },
  NODE_BUSY_EXCEEDED: {
    meaning: 'More requests wait inside the node than it keeps.',
    remedy: 'Try again in a moment, or use another member.',
  },
  NODE_STOPPING_INVALID: {
    meaning: 'The node is stopping and takes nothing more.',
    remedy: 'Use another member, or wait until it runs again.',
  },
  NODE_THREAD_INVALID: {
    meaning: 'A thread of the node ended by itself; the process stops rather than go on without it.',
    remedy: 'Read the log above for the cause, then start the node again.',
  },
  NODE_CEREMONY_MISSING: {
    meaning: 'A peer asked a running node for its part in a key ceremony.',
    remedy: 'Nothing to do: the node answers such questions only while `cairn dkg run` is under way.',
  },
  CEREMONY_RUN_INVALID: {
    meaning: 'This run of the ceremony cannot go on here: it was begun before, or no share was confirmed in it.',
    remedy: 'Agree with all members on the next run and start it with --run one higher; a member deals once in each.',
  },
  CEREMONY_MEMBER_MISSING: {
    meaning: 'Members that the ceremony needs stayed away; the message names them.',
    remedy:
      'Check with their operators: do they run, hold the same draft (ceremony id), and are their addresses reachable?',
  },
  CEREMONY_ABORTED_INVALID: {
    meaning: 'A member lied in the ceremony; the message names it, and --json carries the evidence. No key was made.',
    remedy:
      'Replace that member in the draft, or start again with --run one higher if its operator explains the fault.',
  },
  CEREMONY_STOPPED_INVALID: {
    meaning: 'The ceremony was stopped by hand before the key was live.',
    remedy: 'Start the same command again; if dealing had begun and nothing was confirmed, all take --run one higher.',
  },
  NODE_LISTEN_INVALID: {
    meaning: 'The node cannot listen on the address that its settings name.',
    remedy: 'Look whether another process holds the port, and whether the address is one of this machine.',
  },
  NODE_IDENTITY_MISMATCH: {
    meaning: 'The identity key of this data directory is not the key of a member of the network.',
    remedy:
      'Use the directory that took part in the key ceremony, or compare `cairn keys show` with the genesis document.',
  },
  NODE_STATE_INVALID: {
    meaning: 'Other members hold a vote of this member that its data directory does not know: it is an older copy.',
    remedy:
      'Use the newest data directory, and see that one instance runs. If it is lost, `cairn run --accept-old-data` says nothing up to the height of that vote, and takes part again above it.',
  },
  NODE_SHARE_INVALID: {
    meaning: 'The key share on disk does not match its public verification share in the genesis document.',
    remedy: 'Restore the key file of this member and epoch; without it the member cannot sign.',
  },
  CONFIG_KEY_UNKNOWN: {
    meaning: 'The configuration file or the environment names a setting that does not exist.',
    remedy: 'Compare the name with `cairn config print`; remove it or correct its spelling.',
  },
  CONFIG_VALUE_INVALID: {
    meaning: 'A setting has a value that it cannot take.',
    remedy: 'The message names the setting and what it takes; durations are written like 100ms, 5s, 2m.',
  },
  CONFIG_FILE_MALFORMED: {
    meaning: 'The configuration file is not YAML, or not a list of settings.',
    remedy: 'Correct the line that the message names, or write a new file with `cairn init`.',
  },
  CONFIG_VERSION_MISMATCH: {
    meaning: 'The configuration file is of a version that this release does not read.',
    remedy: 'Set schemaVersion to the one that the message names, after comparing the settings.',
  },
  CONFIG_FILE_MISSING: {
    meaning: 'A file that the configuration names cannot be read.',
    remedy: 'Check the path, and who may read it.',
  },
  CONFIG_FILE_EXISTS_INVALID: {
    meaning: 'A file that would be written is already there.',
    remedy: 'Choose another directory, or remove the file yourself if it is not needed.',
  },
} as const;

/** A code of the command line. */
export type CommandErrorCode = keyof typeof NODE_ERRORS;
