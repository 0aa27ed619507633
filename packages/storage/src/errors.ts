/** Every code that this package throws; docs/errors.md is made from this table. */
export const STORAGE_ERRORS = {
  STORAGE_DISK_FULL: {
    meaning: 'The disk has no room for the next write. Nothing of that write was kept.',
    remedy: 'Free space on the volume of the data directory, or move the directory to a larger one; then start again.',
  },
  STORAGE_IO_INVALID: {
    meaning: 'The operating system refused to read or write a file of the data directory.',
    remedy: 'Check permissions and the health of the disk (dmesg). The process must be started again before it writes.',
  },
  STORAGE_LOCKED: {
    meaning: 'Another process runs on this data directory; the message names its process id where it is known.',
    remedy: 'Stop the other process, or give this one its own directory. Never run one identity twice.',
  },
  STORAGE_CORRUPT: {
    meaning: 'Bytes read back do not have the hash or the checksum under which they were written.',
    remedy: 'Do not repair by hand: keep the directory for study, start with an empty one and let the member catch up.',
  },
  STORAGE_NETWORK_MISMATCH: {
    meaning: 'The data directory belongs to another network.',
    remedy: 'Point the process to the directory of this network, or to an empty one.',
  },
  STORAGE_ROLE_MISMATCH: {
    meaning: 'The directory holds an archive where a member is asked for, or the other way round.',
    remedy: 'Give each process its own data directory.',
  },
  STORAGE_VERSION_UNKNOWN: {
    meaning: 'The data was written by a newer release than this one, or by one from before the first that lasts.',
    remedy:
      'Newer data: start the newer release again. Older data: start with an empty data directory (`devnet --clean`); a member keeps its keys and catches up.',
  },
  STORAGE_DATA_MISSING: {
    meaning: 'There is no store in this data directory to read from.',
    remedy: 'Check the path; a member or an aggregator makes the store when it first starts.',
  },
  STORAGE_READ_ONLY_INVALID: {
    meaning: 'A write was asked of a store that was opened for reading only.',
    remedy: 'Open the store without readOnly, in the one process that owns the directory.',
  },
  STORAGE_EQUIVOCATION_INVALID: {
    meaning:
      'A journal entry would contradict an earlier vote of this member. Nothing was written; nothing may be sent.',
    remedy: 'Stop the member and report the bug: its voting rules let a second vote through.',
  },
  STORAGE_HEIGHT_INVALID: {
    meaning: 'A journal entry is not for the height above the tip.',
    remedy: 'Write certified blocks in order, and votes for the current height only.',
  },
  STORAGE_HEIGHT_OUT_OF_RANGE: {
    meaning:
      'A height or a tree size above the tip was asked for, or one below the snapshot that this store began with.',
    remedy: 'Ask for at most the latest height, or wait until the chain has grown; for old ones ask another member.',
  },
  STORAGE_COMMIT_INVALID: {
    meaning: 'The parts of a certified block do not fit together; the message says which.',
    remedy: 'Do not store it; verify and execute the block again from its bytes.',
  },
  STORAGE_KEY_MISSING: {
    meaning: 'There is no key file where one was expected.',
    remedy: 'Generate or restore the key first; the message names the file.',
  },
  STORAGE_KEY_EXISTS_INVALID: {
    meaning: 'A key file is already there and would be overwritten.',
    remedy: 'Keep the old key, or say explicitly that it may be replaced. An overwritten key cannot be recovered.',
  },
  STORAGE_KEY_MISMATCH: {
    meaning: 'The key file belongs to another network, epoch, member or format version.',
    remedy: 'Use the key file of this network and epoch.',
  },
  STORAGE_KEY_INVALID: {
    meaning: 'The key file cannot be opened: wrong passphrase, or a changed file.',
    remedy: 'Check the passphrase; if it is right, restore the file.',
  },
  STORAGE_PASSPHRASE_MISSING: {
    meaning: 'No passphrase file was named, or it cannot be read.',
    remedy: 'Name a readable file that holds the passphrase.',
  },
  STORAGE_PASSPHRASE_INVALID: {
    meaning: 'The passphrase file is empty, longer than 4 KiB, or not UTF-8.',
    remedy: 'Write one line of text into the file.',
  },
} as const;

export type StorageErrorCode = keyof typeof STORAGE_ERRORS;
