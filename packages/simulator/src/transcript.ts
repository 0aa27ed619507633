import { createHash, type Hash as Hasher } from 'node:crypto';

/** How many of the last events a failure shows. */
const RECENT_MAX = 200;

/** A running hash over everything that happened, and the last of it in words. */
export class Transcript {
  readonly #hasher: Hasher = createHash('sha256');
  readonly #recent: string[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** The last events, oldest first. */
  get recent(): readonly string[] {
    return this.#recent.slice(-RECENT_MAX);
  }

  add(line: string, bytes?: Uint8Array): void {
    this.#count += 1;
    this.#hasher.update(line);
    this.#hasher.update('\n');
    if (bytes !== undefined) this.#hasher.update(bytes);
    this.#recent.push(line);
    if (this.#recent.length > 4 * RECENT_MAX) this.#recent.splice(0, 3 * RECENT_MAX);
  }

  /** Of everything so far; 64 hex digits. The transcript goes on. */
  digest(): string {
    return this.#hasher.copy().digest('hex');
  }
}
