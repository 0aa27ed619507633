// Goal: a directory that cannot be made is said at once. Method: below /proc, where Node's own way of making
// directories never ends; in a process of its own, which a test can still end.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const program = fileURLToPath(new URL('../program.ts', import.meta.url));

describe.runIf(existsSync('/proc/self'))('--data that cannot be made', () => {
  it.each([
    ['init', ['init'], 'COMMAND_FILES_INVALID'],
    ['init of a committee', ['init', '--committee', '2'], 'COMMAND_FILES_INVALID'],
    ['devnet', ['devnet', '--port-base', '0'], 'STORAGE_IO_INVALID'],
    ['run', ['run'], 'STORAGE_PASSPHRASE_MISSING'],
  ])(
    '%s says so, with a remedy',
    (_, args, code) => {
      const { status, stderr, signal } = spawnSync(process.execPath, [program, ...args, '--data', '/proc/nope'], {
        encoding: 'utf8',
        timeout: 60_000,
        killSignal: 'SIGKILL',
      });
      expect(signal, 'ended by itself').toBeNull();
      expect(stderr).toContain(`(${code})`);
      expect(stderr).toContain('remedy: ');
      expect(status).toBe(4);
    },
    90_000,
  );
});
