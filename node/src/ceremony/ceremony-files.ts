import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { wipe } from '@cairn/crypto';
import {
  CairnError,
  fromHex,
  fromUtf8,
  type Hash,
  type MemberIndex,
  toHash,
  toHex,
  toPublicKey,
  utf8,
} from '@cairn/primitives';
import { type Genesis, genesisToJson, networkIdOf } from '@cairn/protocol';
import { KeyShareStore } from '@cairn/storage';
import type { DkgContext, DkgPending, DkgResult } from '@cairn/threshold';
import type { MemberFiles } from '../config/member-files.ts';
import { writeFileOnce } from '../config/write-file.ts';

/** A confirmed share that waits for the certificate, and the confirmation that was sent for it. */
export interface ConfirmedShare {
  readonly pending: DkgPending;
  readonly confirmation: Uint8Array;
}

export interface CeremonyFilesOptions {
  readonly ceremonyId: Hash;
  readonly index: MemberIndex;
  readonly passphrase: string;
  /** scrypt's cost; the default of key files if absent. */
  readonly costN?: number;
}

/**
 * What a key ceremony leaves on disk. In keys/ceremony: a mark that this run was begun (dealing twice in one run would be
 * evidence against this member), then the confirmed share, sealed. At the end: the share, the genesis document and the
 * certificate.
 */
export class CeremonyFiles {
  readonly #files: MemberFiles;
  readonly #options: CeremonyFilesOptions;

  constructor(files: MemberFiles, options: CeremonyFilesOptions) {
    this.#files = files;
    this.#options = options;
  }

  get certificatePath(): string {
    return join(this.#files.dataDir, 'ceremony.json');
  }

  hasBegun(): boolean {
    return existsSync(this.#markPath);
  }

  /** Whether a confirmed share waits for the certificate. */
  hasConfirmed(): boolean {
    return this.#ceremonyShares().has(0);
  }

  /** Durable on return. */
  begin(): void {
    mkdirSync(join(this.#files.dataDir, 'keys', 'ceremony'), { recursive: true, mode: 0o700 });
    writeFileOnce(this.#markPath, `${new Date().toISOString()}\n`);
  }

  /** Sealed, and durable on return. */
  saveConfirmed({ pending, confirmation }: ConfirmedShare): void {
    const { keySet, keyShare, transcriptHash } = pending;
    const document = {
      ...keySet,
      verificationShare: keyShare.verificationShare,
      secretShare: toHex(keyShare.secretShare),
      transcriptHash,
      confirmation: toHex(confirmation),
    };
    const secret = utf8(JSON.stringify(document));
    this.#ceremonyShares().save({ epoch: 0, index: this.#options.index }, secret);
    wipe(secret);
  }

  /** @returns null when this run has not come so far. */
  loadConfirmed(context: DkgContext): ConfirmedShare | null {
    const store = this.#ceremonyShares();
    if (!store.has(0)) return null;
    const { index } = this.#options;
    const secret = store.load({ epoch: 0, index });
    const document = JSON.parse(fromUtf8(secret)) as Record<string, string> & {
      threshold: number;
      verificationShares: string[];
    };
    wipe(secret);
    const groupKey = toPublicKey(document.groupKey as string);
    const { threshold } = document;
    const keyShare = {
      index,
      groupKey,
      verificationShare: toPublicKey(document.verificationShare as string),
      secretShare: fromHex(document.secretShare as string, 32),
    };
    const keySet = {
      threshold,
      groupKey,
      verificationShares: document.verificationShares.map((key) => toPublicKey(key)),
    };
    const pending = { context, keySet, keyShare, transcriptHash: toHash(document.transcriptHash as string) };
    return { pending, confirmation: fromHex(document.confirmation as string) };
  }

  /** The share first, then the documents that say it is live; what was kept for the ceremony goes last. */
  finish(genesis: Genesis, result: DkgResult): void {
    const { index, passphrase, costN, ceremonyId } = this.#options;
    const { dataDir, genesisPath } = this.#files;
    const store = new KeyShareStore({ dataDir, passphrase, networkId: networkIdOf(genesis), ...(costN && { costN }) });
    // A crash between the two writes: the share is there already, and it is the same one.
    if (!store.has(0)) store.save({ epoch: 0, index }, result.keyShare.secretShare);
    const certificate = { ceremonyId, transcriptHash: result.transcriptHash, signatures: result.certificate };
    writeFileSync(this.certificatePath, `${JSON.stringify(certificate, null, 2)}\n`);
    writeFileOnce(genesisPath, genesisToJson(genesis));
    this.#ceremonyShares().erase(0);
  }

  /** @returns the signatures of all members as a finished member's ceremony.json has them. @throws CONFIG_* */
  static readCertificate(path: string): { readonly transcriptHash: Hash; readonly signatures: readonly string[] } {
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch (cause) {
      throw new CairnError('CONFIG_FILE_MISSING', `cannot read ${path}`, { file: path }, { cause });
    }
    try {
      const { transcriptHash, signatures } = JSON.parse(text) as { transcriptHash: string; signatures: string[] };
      return { transcriptHash: toHash(transcriptHash), signatures: signatures.map(String) };
    } catch (cause) {
      throw new CairnError('CONFIG_FILE_MALFORMED', `${path} is no ceremony certificate`, { file: path }, { cause });
    }
  }

  get #markPath(): string {
    return join(this.#files.dataDir, 'keys', 'ceremony', `${this.#options.ceremonyId}.begun`);
  }

  #ceremonyShares(): KeyShareStore {
    const { ceremonyId, passphrase, costN } = this.#options;
    const folder = join('keys', 'ceremony', ceremonyId);
    return new KeyShareStore({
      dataDir: this.#files.dataDir,
      networkId: ceremonyId,
      passphrase,
      folder,
      ...(costN && { costN }),
    });
  }
}
