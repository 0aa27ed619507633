import { execFileSync } from 'node:child_process';
import { closeSync, cpSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const SIZE = '48m';
const CHUNK_BYTES = 256 * 1024;

/** The data directory of one member on a file system of its own that can be filled. Only inside an enclosure. */
export class SmallDisk {
  readonly #dataDir: string;

  /** Moves what is in the directory onto it. */
  constructor(dataDir: string) {
    this.#dataDir = dataDir;
    const aside = `${dataDir}-aside`;
    cpSync(dataDir, aside, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE},mode=0700`, 'none', dataDir]);
    cpSync(aside, dataDir, { recursive: true });
    rmSync(aside, { recursive: true });
  }

  /** Leaves no room at all. */
  fill(): void {
    const file = openSync(this.#filler, 'a');
    try {
      for (let bytes = CHUNK_BYTES; bytes >= 1; ) if (!tryWrite(file, bytes)) bytes >>= 1;
    } finally {
      closeSync(file);
    }
  }

  empty(): void {
    rmSync(this.#filler, { force: true });
  }

  unmount(): void {
    execFileSync('umount', ['--lazy', this.#dataDir]);
  }

  get #filler(): string {
    return join(this.#dataDir, 'filler');
  }
}

function tryWrite(file: number, bytes: number): boolean {
  try {
    return writeSync(file, new Uint8Array(bytes)) === bytes;
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOSPC') return false;
    throw error;
  }
}
