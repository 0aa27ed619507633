import type { Hash, UnixMs } from '@cairn/primitives';
import { type CertifiedBlock, certifiedBlockCodec } from './block.ts';
import { type BlockHeader, decodeHeader, encodeHeader, HEADER_BYTES, HEADER_EPOCH_END_BYTES } from './block-header.ts';
import { bytes, type Codec, fromBytes, hash, list, struct, text, toBytes, uint } from './codec.ts';
import {
  AGREEMENT_BYTES_MAX,
  CHECKPOINT_BYTES_MAX,
  MERKLE_PATH_MAX,
  SNAPSHOT_CHUNK_BYTES_MAX,
  SNAPSHOT_CHUNKS_MAX,
} from './limits.ts';

/**
 * What a snapshot is of: leaf 0 of the tree whose root is the `snapshotRoot` of an epoch's last block. The chunks are the
 * leaves after it.
 */
export interface SnapshotManifest {
  /** Of the epoch's first block, whose state it is. */
  readonly height: number;
  /** That block's time and state hash, as in its header. */
  readonly time: UnixMs;
  readonly stateHash: Hash;
  readonly chunkCount: number;
}

/** One chunk on its way: checked by itself, in any order. */
export interface SnapshotChunk {
  /** 0 .. chunkCount - 1; its leaf is the one after. */
  readonly index: number;
  /** Canonical CBOR of [[key, value] ...]. */
  readonly bytes: Uint8Array;
  /** Inclusion proof of leaf index + 1 in the tree of chunkCount + 1 leaves. */
  readonly path: readonly Hash[];
}

/** Names a snapshot, and says what it is of, without its chunks. */
export interface SnapshotHead {
  readonly manifest: SnapshotManifest;
  /** Inclusion proof of the manifest, leaf 0. */
  readonly manifestPath: readonly Hash[];
  /** What the header of the epoch's last block says. */
  readonly root: Hash;
}

/** A whole state, cut into chunks that are proven one by one. */
export interface StateSnapshot extends SnapshotHead {
  readonly chunks: readonly SnapshotChunk[];
}

/** All that a new node checks before it asks for the first chunk (protocol section 5.7). */
export interface SnapshotOffer {
  readonly manifest: SnapshotManifest;
  /** Of leaf 0. */
  readonly manifestPath: readonly Hash[];
  /** The block whose state it is: the tip to go on from. */
  readonly certified: CertifiedBlock;
  /** Frontier of the log over the headers below that block. */
  readonly frontier: readonly Hash[];
  /** Header of the epoch's last block, with the snapshotRoot. */
  readonly endHeader: BlockHeader;
  /** Its checkpoint, signed. */
  readonly endNote: string;
  /** That the log at the snapshot's block is a prefix of that at the epoch's end. */
  readonly endProof: readonly Hash[];
  /** The header that the asker's checkpoint names: it tells how old the checkpoint is. */
  readonly trustedHeader: BlockHeader;
  /** That of the asker's checkpoint and the epoch's end the smaller log is a prefix of the larger. */
  readonly trustedProof: readonly Hash[];
}

const header: Codec<BlockHeader> = {
  encode: encodeHeader,
  decode: (value) => decodeHeader(bytes(HEADER_EPOCH_END_BYTES, HEADER_BYTES).decode(value)),
};
const path = list(hash, MERKLE_PATH_MAX);

const manifestCodec: Codec<SnapshotManifest> = struct({
  height: uint(),
  time: uint(),
  stateHash: hash,
  chunkCount: uint(SNAPSHOT_CHUNKS_MAX),
});

const chunkCodec: Codec<SnapshotChunk> = struct({
  index: uint(SNAPSHOT_CHUNKS_MAX),
  bytes: bytes(SNAPSHOT_CHUNK_BYTES_MAX),
  path,
});

const offerCodec: Codec<SnapshotOffer> = struct({
  manifest: manifestCodec,
  manifestPath: path,
  certified: certifiedBlockCodec,
  frontier: path,
  endHeader: header,
  endNote: text(CHECKPOINT_BYTES_MAX),
  endProof: path,
  trustedHeader: header,
  trustedProof: path,
});

/** Bound of an encoded chunk with its path. */
export const SNAPSHOT_CHUNK_MESSAGE_BYTES_MAX = SNAPSHOT_CHUNK_BYTES_MAX + 4096;
/** Bound of an encoded offer: a certified block, and room for the rest. */
export const SNAPSHOT_OFFER_BYTES_MAX = AGREEMENT_BYTES_MAX + 16 * 1024;

/** Leaf 0. */
export function encodeSnapshotManifest(manifest: SnapshotManifest): Uint8Array {
  return toBytes(manifestCodec, manifest);
}

/** @throws PROTOCOL_* */
export function decodeSnapshotManifest(encoded: Uint8Array): SnapshotManifest {
  return fromBytes(manifestCodec, encoded, 256);
}

export function encodeSnapshotChunk(chunk: SnapshotChunk): Uint8Array {
  return toBytes(chunkCodec, chunk);
}

/** @throws PROTOCOL_* */
export function decodeSnapshotChunk(encoded: Uint8Array): SnapshotChunk {
  return fromBytes(chunkCodec, encoded, SNAPSHOT_CHUNK_MESSAGE_BYTES_MAX);
}

export function encodeSnapshotOffer(offer: SnapshotOffer): Uint8Array {
  return toBytes(offerCodec, offer);
}

/** @throws PROTOCOL_* */
export function decodeSnapshotOffer(encoded: Uint8Array): SnapshotOffer {
  return fromBytes(offerCodec, encoded, SNAPSHOT_OFFER_BYTES_MAX);
}
