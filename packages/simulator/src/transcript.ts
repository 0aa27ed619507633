import { createHash, type Hash as Hasher, hash } from 'node:crypto';

/** How many of the last events a failure shows. */
const RECENT_MAX = 200;
/** The hasher costs more a call than a line. */
const CHUNK_CHARACTERS = 8192;

/** A running hash over everything that happened, and the last of it in words. */
export class Transcript {
  readonly #hasher: Hasher = createHash('sha256');
  readonly #recent: string[] = [];
  #count = 0;
  #unhashed = '';

  get count(): number {
    return this.#count;
  }

  /** The last events, oldest first. */
  get recent(): readonly string[] {
    return this.#recent.slice(-RECENT_MAX);
  }

  add(line: string, bytes?: Uint8Array): void {
    this.#count += 1;
    this.#unhashed += `${line}\n`;
    if (bytes !== undefined) this.#unhashed += digestOf(bytes);
    if (this.#unhashed.length > CHUNK_CHARACTERS) this.#hashChunk();
    this.#recent.push(line);
    if (this.#recent.length > 4 * RECENT_MAX) this.#recent.splice(0, 3 * RECENT_MAX);
  }

  /** Of everything so far; 64 hex digits. The transcript goes on. */
  digest(): string {
    this.#hashChunk();
    return this.#hasher.copy().digest('hex');
  }

  #hashChunk(): void {
    this.#hasher.update(this.#unhashed);
    this.#unhashed = '';
  }
}

const digests = new WeakMap<Uint8Array, string>();

/** One packet goes to many. */
function digestOf(bytes: Uint8Array): string {
  let digest = digests.get(bytes);
  if (digest === undefined) {
    digest = hash('sha256', bytes, 'base64');
    digests.set(bytes, digest);
  }
  return digest;
}
