import { appendFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeDirectory } from '@cairn/storage';

/** A log that cannot fill the disk: at `bytesMax` it becomes `<path>.old`, and the one before that is gone. */
export class LogFile {
  readonly #path: string;
  readonly #bytesMax: number;
  #bytes: number;

  constructor(path: string, bytesMax = 8 * 1024 * 1024) {
    this.#path = path;
    this.#bytesMax = bytesMax;
    makeDirectory(dirname(path));
    this.#bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  }

  write(line: string): void {
    const text = `${line}\n`;
    if (this.#bytes + text.length > this.#bytesMax) this.#rotate();
    this.#bytes += text.length;
    try {
      appendFileSync(this.#path, text);
    } catch {
      // a full disk must not end the network that is being watched
    }
  }

  #rotate(): void {
    rmSync(`${this.#path}.old`, { force: true });
    if (statSync(this.#path, { throwIfNoEntry: false }) !== undefined) renameSync(this.#path, `${this.#path}.old`);
    this.#bytes = 0;
  }
}
