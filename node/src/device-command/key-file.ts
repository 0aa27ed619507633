import { open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { randomBytes } from '@cairn/crypto/random';
import { DeviceKey } from '@cairn/device';
import { makeDirectory } from '@cairn/storage';
import { commandError } from '../commands/command-io.ts';

/** Reads a key file, or makes one, readable by its owner only. @throws DEVICE_KEY_MALFORMED, COMMAND_INPUT_MISSING */
export async function loadOrMakeKey(path: string): Promise<DeviceKey> {
  const known = await loadKey(path);
  if (known !== undefined) return known;
  const key = DeviceKey.generate(randomBytes);
  makeDirectory(dirname(path));
  // `wx`: a key is never overwritten, also not by a second process that starts at the same time.
  await using file = await open(path, 'wx', 0o600);
  await file.writeFile(key.toFileText());
  await file.sync();
  return key;
}

/** @returns undefined when there is no such file. @throws DEVICE_KEY_MALFORMED, COMMAND_INPUT_MISSING */
export async function loadKey(path: string): Promise<DeviceKey | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw commandError('COMMAND_INPUT_MISSING', `cannot read the key file ${path}`, {}, cause);
  }
  return DeviceKey.parse(text);
}
