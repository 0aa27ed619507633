import type { SnapshotHead, StateSnapshot } from '@cairn/protocol';
import {
  type Codec,
  decodeSnapshotManifest,
  encodeSnapshotChunk,
  encodeSnapshotManifest,
  fromBytes,
  hash,
  list,
  MERKLE_PATH_MAX,
  struct,
  toBytes,
} from '@cairn/protocol';
import { decodeRead, fromChecked, toChecked } from './checked-blob.ts';
import type { SqliteDatabase } from './sqlite-database.ts';

/** One is complete, one in the making: its root stands in no header yet. */
export const SNAPSHOTS_KEPT = 2;

const HEAD_BYTES_MAX = 4096;

const headCodec: Codec<SnapshotHead> = struct({
  manifest: { encode: encodeSnapshotManifest, decode: (value) => decodeSnapshotManifest(value as Uint8Array) },
  manifestPath: list(hash, MERKLE_PATH_MAX),
  root: hash,
});

/** Snapshots on disk. Writes run inside the owner's transaction. */
export class SnapshotTables {
  readonly #database: SqliteDatabase;

  constructor(dependencies: { readonly database: SqliteDatabase }) {
    this.#database = dependencies.database;
  }

  /** Writes a snapshot, and deletes those that nobody needs any more. */
  write(snapshot: StateSnapshot): void {
    const { manifest, manifestPath, root, chunks } = snapshot;
    const { height } = manifest;
    const head = toBytes(headCodec, { manifest, manifestPath, root });
    this.#database.run('INSERT INTO snapshots VALUES (?, ?)', height, toChecked(`snapshot ${height}`, head));
    for (const chunk of chunks) {
      const bytes = toChecked(chunkPlace(height, chunk.index), encodeSnapshotChunk(chunk));
      this.#database.run('INSERT INTO snapshot_chunks VALUES (?, ?, ?)', height, chunk.index, bytes);
    }
    for (const old of this.#heights().slice(SNAPSHOTS_KEPT)) {
      this.#database.run('DELETE FROM snapshot_chunks WHERE height = ?', old);
      this.#database.run('DELETE FROM snapshots WHERE height = ?', old);
    }
  }

  /** Newest first. @throws STORAGE_CORRUPT */
  heads(): readonly SnapshotHead[] {
    return this.#heights().flatMap((height) => {
      const row = this.#database.get<{ head: Uint8Array }>('SELECT head FROM snapshots WHERE height = ?', height);
      if (row === undefined) return [];
      const place = `snapshot ${height}`;
      const bytes = fromChecked(place, row.head);
      return [decodeRead(place, () => fromBytes(headCodec, bytes, HEAD_BYTES_MAX))];
    });
  }

  /** A chunk with its path, as it is sent; null when there is none. @throws STORAGE_CORRUPT */
  chunk(height: number, index: number): Uint8Array | null {
    const sql = 'SELECT chunk FROM snapshot_chunks WHERE height = ? AND position = ?';
    const row = this.#database.get<{ chunk: Uint8Array }>(sql, height, index);
    return row === undefined ? null : fromChecked(chunkPlace(height, index), row.chunk);
  }

  #heights(): readonly number[] {
    const sql = 'SELECT height FROM snapshots ORDER BY height DESC';
    return this.#database.all<{ height: number }>(sql).map(({ height }) => height);
  }
}

function chunkPlace(height: number, index: number): string {
  return `snapshot ${height}/${index}`;
}
