import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Makes a directory and those above it, where they are missing; the directory may be there already. In place of Node's
 * `recursive`, which tries for ever where a file system answers ENOENT to a new name under a directory that exists, as
 * /proc does.
 * @param mode of each directory that is made; for the owner alone by default. @throws the error of the operating system
 */
export function makeDirectory(path: string, mode = 0o700): void {
  const missing = [resolve(path)];
  // ends at the root, which is always there
  for (let above = dirname(resolve(path)); !existsSync(above); above = dirname(above)) missing.push(above);
  for (const each of missing.reverse()) makeOne(each, mode);
}

function makeOne(path: string, mode: number): void {
  try {
    mkdirSync(path, { mode });
  } catch (cause) {
    // It was there, or another process was faster: a directory is what was asked for.
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) throw cause;
  }
}
