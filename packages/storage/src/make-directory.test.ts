import { statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeDirectory } from './make-directory.ts';
import { removeDirectory, temporaryDirectory } from './testing/temporary-directory.ts';

let dir: string;
beforeEach(() => {
  dir = temporaryDirectory();
});
afterEach(() => removeDirectory(dir));

const systemError = (code: string) => expect.objectContaining({ code, syscall: 'mkdir' });

it('makes what is missing for the owner alone, and is content with what is there', () => {
  const path = join(dir, 'a', 'b', 'c');
  makeDirectory(path);
  makeDirectory(path);
  makeDirectory('/');
  for (const each of [path, join(dir, 'a')]) expect(statSync(each).mode & 0o777, each).toBe(0o700);
});

it('refuses a file in its place or above it, and a link to nowhere', () => {
  const file = join(dir, 'file');
  writeFileSync(file, '');
  expect(() => makeDirectory(file)).toThrow(systemError('EEXIST'));
  expect(() => makeDirectory(join(file, 'below'))).toThrow(systemError('ENOTDIR'));
  symlinkSync(join(dir, 'nowhere'), join(dir, 'link'));
  expect(() => makeDirectory(join(dir, 'link'))).toThrow(systemError('EEXIST'));
});
