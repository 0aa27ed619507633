import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Hash, MemberIndex } from '@cairn/primitives';
import { eraseSecret, type KeySealing, readSecret, type SecretFile, writeSecret } from './key-file.ts';

/** Format of what is sealed; another version is refused. */
const KEY_SHARE_VERSION = 1;
const FILE_PATTERN = /^share-epoch-(0|[1-9][0-9]{0,15})\.json$/;

export interface KeyShareStoreOptions extends KeySealing {
  readonly dataDir: string;
  /** The ceremony id stands for it before the network exists. */
  readonly networkId: Hash;
  /** Inside `dataDir`. A ceremony keeps its shares apart from live ones. */
  readonly folder?: string;
}

/** Whose share of which epoch. */
export interface KeySharePlace {
  readonly epoch: number;
  readonly index: MemberIndex;
}

/**
 * FROST key shares at rest: one sealed file an epoch, bound to network, epoch, member and version (protocol section 9).
 * Shares are in no backup of the database.
 */
export class KeyShareStore {
  readonly #options: KeyShareStoreOptions;

  constructor(options: KeyShareStoreOptions) {
    this.#options = options;
  }

  /**
   * Durable on return.
   * @param share neither kept nor wiped.
   * @throws STORAGE_KEY_EXISTS_INVALID without `force`; STORAGE_DISK_FULL, STORAGE_IO_INVALID
   */
  save(place: KeySharePlace, share: Uint8Array, options: { readonly force?: boolean } = {}): void {
    const description = `Cairn key share of member ${place.index}, epoch ${place.epoch}`;
    writeSecret({ ...this.#file(place), description }, share, options);
  }

  /**
   * @returns the share; the caller wipes it.
   * @throws STORAGE_KEY_MISSING, STORAGE_KEY_MISMATCH (another network, epoch, member or version), STORAGE_KEY_INVALID
   */
  load(place: KeySharePlace): Uint8Array {
    return readSecret(this.#file(place));
  }

  has(epoch: number): boolean {
    return existsSync(this.#path(epoch));
  }

  /** @returns the epochs of which there is a file, ascending. */
  epochs(): number[] {
    const folder = this.#folder();
    if (!existsSync(folder)) return [];
    const epochs = readdirSync(folder).flatMap((name) => FILE_PATTERN.exec(name)?.[1] ?? []);
    return epochs.map(Number).sort((a, b) => a - b);
  }

  /** "Old shares, with every copy, are erased when the new committee has certified its first block" (9). */
  erase(epoch: number): void {
    eraseSecret(this.#path(epoch));
  }

  #file({ epoch, index }: KeySharePlace): SecretFile {
    const { networkId } = this.#options;
    const binding = { kind: 'key-share', version: KEY_SHARE_VERSION, networkId, epoch, index };
    return { ...this.#options, path: this.#path(epoch), binding };
  }

  #path(epoch: number): string {
    return join(this.#folder(), `share-epoch-${epoch}.json`);
  }

  #folder(): string {
    return join(this.#options.dataDir, this.#options.folder ?? 'keys');
  }
}
