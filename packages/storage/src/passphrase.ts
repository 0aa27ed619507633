import { closeSync, openSync, readSync } from 'node:fs';
import { CairnError, fromUtf8 } from '@cairn/primitives';

/** The variable that names the passphrase file where no option does. It holds a path, never the passphrase. */
export const PASSPHRASE_FILE_VARIABLE = 'CAIRN_PASSPHRASE_FILE';

const PASSPHRASE_BYTES_MAX = 4096;

/**
 * Reads the passphrase of the key files. Secrets come by file only: arguments and variables are seen by others.
 * @param source.file its path; if absent, `environment` is asked for CAIRN_PASSPHRASE_FILE.
 * @returns the file's text without its last newline.
 * @throws STORAGE_PASSPHRASE_MISSING, STORAGE_PASSPHRASE_INVALID
 */
export function readPassphrase(source: {
  readonly file?: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}): string {
  const file = source.file ?? source.environment?.[PASSPHRASE_FILE_VARIABLE];
  if (file === undefined || file === '') throw new CairnError('STORAGE_PASSPHRASE_MISSING', 'no passphrase file named');
  const passphrase = textOf(readBounded(file), file).replace(/\r?\n$/, '');
  if (passphrase === '') throw invalid('is empty', file);
  return passphrase;
}

/** One byte more than allowed tells that there is more; a device or pipe that never ends is no trouble. */
function readBounded(file: string): Uint8Array {
  const buffer = new Uint8Array(PASSPHRASE_BYTES_MAX + 1);
  let length = 0;
  try {
    const descriptor = openSync(file, 'r');
    try {
      for (let read = -1; read !== 0 && length < buffer.length; length += read) {
        read = readSync(descriptor, buffer, length, buffer.length - length, null);
      }
    } finally {
      closeSync(descriptor);
    }
  } catch (cause) {
    throw new CairnError('STORAGE_PASSPHRASE_MISSING', `cannot read ${file}`, { file }, { cause });
  }
  if (length > PASSPHRASE_BYTES_MAX) throw invalid('is too long', file);
  return buffer.subarray(0, length);
}

function textOf(bytes: Uint8Array, file: string): string {
  try {
    return fromUtf8(bytes);
  } catch {
    // Without the cause: nothing of a secret may end in a log.
    throw invalid('is not UTF-8', file);
  }
}

function invalid(what: string, file: string): CairnError {
  return new CairnError('STORAGE_PASSPHRASE_INVALID', `the passphrase file ${what}`, { file });
}
