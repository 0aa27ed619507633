import type { Hash } from '@cairn/primitives';
import {
  type Block,
  blockHash,
  decodeBlock,
  decodePrepareCertificate,
  encodePrepareCertificate,
  type TimeoutVote,
  type UnsignedMessage,
} from '@cairn/protocol';
import type { VotingEntry, VotingRecord } from '@cairn/replica';
import { blobHash, checkRead, decodeRead, fromChecked, hashBlob, toChecked } from './checked-blob.ts';
import type { SqliteDatabase } from './sqlite-database.ts';
import { decodeEntry, decodeUnsignedTimeoutVote, encodeEntry, encodeUnsignedTimeoutVote } from './voting-codec.ts';
import { checkPrepared, checkProposed } from './voting-rules.ts';

type VotingKind = 'entered' | 'high-certificate' | 'timed-out';

/** Voting records of the heights that are not certified. Writes run inside the owner's transaction. */
export class VotingTables {
  readonly #database: SqliteDatabase;

  constructor(dependencies: { readonly database: SqliteDatabase }) {
    this.#database = dependencies.database;
  }

  /** @throws STORAGE_EQUIVOCATION_INVALID */
  write(entry: VotingEntry): void {
    const { height } = entry;
    switch (entry.kind) {
      case 'entered':
        this.#raise(entry.kind, { height, view: entry.view, body: encodeEntry(entry.entry) });
        break;
      case 'high-certificate': {
        const { certificate } = entry;
        this.#raise(entry.kind, { height, view: certificate.view, body: encodePrepareCertificate(certificate) });
        break;
      }
      case 'timed-out':
        this.#writeTimedOut(entry);
        break;
      case 'proposed':
        this.#writeProposed(entry);
        break;
      case 'prepared':
        this.#writePrepared(entry);
        break;
    }
  }

  /** Forgets what was said at heights that are certified. */
  dropUpTo(height: number): void {
    for (const table of ['voting', 'proposed', 'prepared', 'candidates']) {
      this.#database.run(`DELETE FROM ${table} WHERE height <= ?`, height);
    }
  }

  /** The encoded block that was proposed or prepared here under this hash. */
  candidate(hash: Hash): Block | null {
    const bytes = this.#candidateBytes(hash);
    return bytes === null ? null : decodeBlock(bytes);
  }

  restore(height: number): VotingRecord {
    const prepared = this.#highestPrepared(height);
    return {
      entered: this.#read('entered', height, (bytes, view) => ({ view, entry: decodeEntry(bytes) })),
      proposed: this.#database
        .all<VoteRow>('SELECT view, hash FROM proposed WHERE height = ? ORDER BY view', height)
        .map((row) => ({ view: row.view, block: this.#presentCandidate(blobHash(row.hash)) })),
      prepared: prepared === null ? null : { ...prepared, block: this.#presentCandidate(prepared.hash) },
      highCertificate: this.#read('high-certificate', height, decodePrepareCertificate),
      timedOut: this.#timedOut(height),
    };
  }

  #writeProposed(entry: Extract<VotingEntry, { kind: 'proposed' }>): void {
    const { height, view } = entry;
    const hash = blockHash(decodeBlock(entry.block));
    const sql = 'SELECT view, hash FROM proposed WHERE height = ? AND view = ?';
    const earlier = this.#database.get<VoteRow>(sql, height, view);
    checkProposed({ height, view, hash }, earlier === undefined ? null : blobHash(earlier.hash));
    this.#database.run('INSERT OR IGNORE INTO proposed VALUES (?, ?, ?)', height, view, hashBlob(hash));
    this.#writeCandidate(hash, height, entry.block);
  }

  #writePrepared(entry: Extract<VotingEntry, { kind: 'prepared' }>): void {
    const { height, view, hash } = entry;
    const timedOutView = this.#row('timed-out', height)?.view ?? null;
    checkPrepared(entry, { highest: this.#highestPrepared(height), timedOutView });
    this.#database.run('INSERT OR IGNORE INTO prepared VALUES (?, ?, ?)', height, view, hashBlob(hash));
    this.#writeCandidate(hash, height, entry.block);
  }

  /** Of one view the vote with the higher certificate stands. */
  #writeTimedOut({ height, view, vote }: Extract<VotingEntry, { kind: 'timed-out' }>): void {
    const earlier = this.#timedOut(height);
    const isSameView = earlier !== null && earlier.view === view;
    const body = encodeUnsignedTimeoutVote(vote);
    if (isSameView && earlier.vote.highView <= vote.highView) this.#put('timed-out', { height, view, body });
    else this.#raise('timed-out', { height, view, body });
  }

  /** Keeps the higher view: an older one never overwrites a newer one. */
  #raise(kind: VotingKind, row: VotingRow): void {
    const earlier = this.#row(kind, row.height);
    if (earlier === undefined || earlier.view < row.view) this.#put(kind, row);
  }

  #put(kind: VotingKind, { height, view, body }: VotingRow): void {
    const sql = `INSERT INTO voting VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET view = excluded.view, body = excluded.body`;
    this.#database.run(sql, height, kind, view, toChecked(placeOf(kind, height, view), body));
  }

  #row(kind: VotingKind, height: number) {
    const sql = 'SELECT view, body FROM voting WHERE height = ? AND kind = ?';
    return this.#database.get<{ view: number; body: Uint8Array }>(sql, height, kind);
  }

  #read<T>(kind: VotingKind, height: number, decode: (bytes: Uint8Array, view: number) => T): T | null {
    const row = this.#row(kind, height);
    if (row === undefined) return null;
    const place = placeOf(kind, height, row.view);
    const bytes = fromChecked(place, row.body);
    return decodeRead(place, () => decode(bytes, row.view));
  }

  #timedOut(height: number): { readonly view: number; readonly vote: UnsignedMessage<TimeoutVote> } | null {
    return this.#read('timed-out', height, (bytes, view) => ({ view, vote: decodeUnsignedTimeoutVote(bytes) }));
  }

  #highestPrepared(height: number): { readonly view: number; readonly hash: Hash } | null {
    const sql = 'SELECT view, hash FROM prepared WHERE height = ? ORDER BY view DESC LIMIT 1';
    const row = this.#database.get<VoteRow>(sql, height);
    return row === undefined ? null : { view: row.view, hash: blobHash(row.hash) };
  }

  #writeCandidate(hash: Hash, height: number, block: Uint8Array): void {
    const sql = 'INSERT OR IGNORE INTO candidates VALUES (?, ?, ?)';
    this.#database.run(sql, hashBlob(hash), height, toChecked(`candidate ${hash}`, block));
  }

  #presentCandidate(hash: Hash): Uint8Array {
    const bytes = this.#candidateBytes(hash);
    checkRead(bytes !== null, `candidate ${hash}`, 'presence');
    return bytes;
  }

  #candidateBytes(hash: Hash): Uint8Array | null {
    const sql = 'SELECT block FROM candidates WHERE hash = ?';
    const row = this.#database.get<{ block: Uint8Array }>(sql, hashBlob(hash));
    if (row === undefined) return null;
    const place = `candidate ${hash}`;
    const bytes = fromChecked(place, row.block);
    checkRead(decodeRead(place, () => blockHash(decodeBlock(bytes))) === hash, place, 'hash');
    return bytes;
  }
}

interface VoteRow {
  readonly view: number;
  readonly hash: Uint8Array;
}

interface VotingRow {
  readonly height: number;
  readonly view: number;
  readonly body: Uint8Array;
}

function placeOf(kind: VotingKind, height: number, view: number): string {
  return `${kind} ${height}/${view}`;
}
