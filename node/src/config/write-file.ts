import { closeSync, fsyncSync, linkSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { CairnError } from '@cairn/primitives';
import { makeDirectory } from '@cairn/storage';

/**
 * Writes a file that must not be there yet: beside it, synced, then linked into its place, so that there is never a half.
 * @throws CONFIG_FILE_EXISTS_INVALID
 */
export function writeFileOnce(path: string, text: string, mode = 0o644): void {
  const temporary = `${path}.${process.pid}.tmp`;
  makeDirectory(dirname(path), 0o777);
  rmSync(temporary, { force: true });
  try {
    const descriptor = openSync(temporary, 'wx', mode);
    try {
      writeFileSync(descriptor, text);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    linkSync(temporary, path);
  } catch (cause) {
    if ((cause as { code?: string }).code !== 'EEXIST') throw cause;
    throw new CairnError('CONFIG_FILE_EXISTS_INVALID', `${path} is already there`, { file: path });
  } finally {
    rmSync(temporary, { force: true });
  }
  const directory = openSync(dirname(path), 'r');
  fsyncSync(directory);
  closeSync(directory);
}
