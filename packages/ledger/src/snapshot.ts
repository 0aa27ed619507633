import { MerkleTree } from '@cairn/merkle';
import { CairnError } from '@cairn/primitives';
import {
  decodeCanonical,
  encodeSnapshotManifest,
  SNAPSHOT_CHUNK_BYTES_MAX,
  SNAPSHOT_CHUNK_CONTENT_MAX,
  type StateSnapshot,
} from '@cairn/protocol';
import { CborWriter } from './cbor-writer.ts';
import type { LedgerState } from './ledger-state.ts';
import { snapshotEntries } from './restore-state.ts';
import { refuseState, type StateEntry } from './state-entry.ts';

/**
 * The snapshot of a state: the entries by key, cut where the next one would bring a chunk's keys and values over
 * SNAPSHOT_CHUNK_CONTENT_MAX bytes; an entry is never cut. The same on every node, whether it executed all blocks or was
 * restored. Takes as long as encoding and hashing the whole state.
 */
export function takeSnapshot(state: LedgerState): StateSnapshot {
  const chunks = chunksOf(snapshotEntries(state));
  const { height, time, stateHash } = state;
  const manifest = { height, time, stateHash, chunkCount: chunks.length };
  const tree = new MerkleTree([encodeSnapshotManifest(manifest), ...chunks]);
  return {
    manifest,
    manifestPath: tree.inclusionProof(0),
    root: tree.root(),
    chunks: chunks.map((bytes, index) => ({ index, bytes, path: tree.inclusionProof(index + 1) })),
  };
}

/** @returns the entries of one chunk. @throws LEDGER_STATE_MALFORMED */
export function entriesOfChunk(chunk: Uint8Array): readonly StateEntry[] {
  const list = decoded(chunk);
  if (!Array.isArray(list)) return refuseState('a list of entries');
  return list.map((entry) => {
    if (!Array.isArray(entry) || entry.length !== 2) return refuseState('a key and a value');
    const [key, value] = entry;
    if (typeof key !== 'string' || !(value instanceof Uint8Array)) return refuseState('a key and a value');
    return { key, value };
  });
}

function chunksOf(entries: readonly StateEntry[]): readonly Uint8Array[] {
  const writer = new CborWriter();
  const chunks: Uint8Array[] = [];
  let from = 0;
  let size = 0;
  const cut = (to: number) => {
    if (to > from) chunks.push(encodeChunk(writer, entries.slice(from, to)));
    from = to;
    size = 0;
  };
  for (const [i, { key, value }] of entries.entries()) {
    const length = key.length + value.length;
    if (size + length > SNAPSHOT_CHUNK_CONTENT_MAX) cut(i);
    size += length;
  }
  cut(entries.length);
  return chunks;
}

/** [[key, value] ...] */
function encodeChunk(writer: CborWriter, entries: readonly StateEntry[]): Uint8Array {
  writer.list(entries.length);
  for (const { key, value } of entries) writer.list(2).ascii(key).bytes(value);
  return writer.finish();
}

function decoded(chunk: Uint8Array): unknown {
  try {
    return decodeCanonical(chunk, SNAPSHOT_CHUNK_BYTES_MAX);
  } catch (cause) {
    if (!(cause instanceof CairnError)) throw cause;
    throw new CairnError('LEDGER_STATE_MALFORMED', 'a chunk does not decode', {}, { cause });
  }
}
