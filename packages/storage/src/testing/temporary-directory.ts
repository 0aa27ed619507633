import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Runs `work` with an empty directory of its own, and removes it afterwards. */
export function withTemporaryDirectory<T>(work: (directory: string) => T): T {
  const directory = temporaryDirectory();
  try {
    return work(directory);
  } finally {
    removeDirectory(directory);
  }
}

export function temporaryDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'cairn-storage-'));
}

export function removeDirectory(directory: string): void {
  rmSync(directory, { recursive: true, force: true });
}
