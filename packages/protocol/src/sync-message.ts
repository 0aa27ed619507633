import { CairnError, concatBytes, type Hash } from '@cairn/primitives';
import { type Codec, fromBytes, hash, list, struct, toBytes, uint, union } from './codec.ts';
import { BLOCK_BATCHES_MAX } from './limits.ts';

/** What one member may ask another for (protocol section 5.7). */
export type SyncRequest =
  | { readonly kind: 'batches'; readonly ids: readonly Hash[] }
  /** A block that is not certified yet, by its hash. */
  | { readonly kind: 'block'; readonly height: number; readonly hash: Hash }
  /** Certified blocks with their batches, both heights included. */
  | { readonly kind: 'certified'; readonly fromHeight: number; readonly toHeight: number }
  /** The newest agreement message of the asker's own that the asked one has seen (section 9: before its first vote). */
  | { readonly kind: 'own-latest' }
  /** The newest snapshot, with what proves it to one who trusts the checkpoint of that tree size. */
  | { readonly kind: 'snapshot'; readonly treeSize: number }
  /** One chunk of the snapshot of that block. */
  | { readonly kind: 'snapshot-chunk'; readonly height: number; readonly index: number };

const requestCodec: Codec<SyncRequest> = union<SyncRequest>({
  batches: struct({ ids: list(hash, BLOCK_BATCHES_MAX, 1) }),
  block: struct({ height: uint(), hash }),
  certified: struct({ fromHeight: uint(), toHeight: uint() }),
  'own-latest': struct({}),
  snapshot: struct({ treeSize: uint() }),
  'snapshot-chunk': struct({ height: uint(), index: uint() }),
});

/** Bound of an encoded request: as many hashes as a block has batches, with room. */
export const SYNC_REQUEST_BYTES_MAX = 4096;

export function encodeSyncRequest(request: SyncRequest): Uint8Array {
  return toBytes(requestCodec, request);
}

/** @throws PROTOCOL_BYTES_EXCEEDED, PROTOCOL_CBOR_MALFORMED, PROTOCOL_SHAPE_INVALID */
export function decodeSyncRequest(encoded: Uint8Array): SyncRequest {
  return fromBytes(requestCodec, encoded, SYNC_REQUEST_BYTES_MAX);
}

/**
 * Answers are frames: one byte for the kind, then the thing as it is encoded elsewhere. The batches of a certified block
 * come before it. Order frozen: the position is the byte.
 */
export const SYNC_FRAME_KINDS = ['certified', 'batch', 'block', 'message', 'snapshot', 'snapshot-chunk'] as const;
export type SyncFrameKind = (typeof SYNC_FRAME_KINDS)[number];

export function encodeSyncFrame(kind: SyncFrameKind, encoded: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(SYNC_FRAME_KINDS.indexOf(kind)), encoded);
}

/** @returns the kind, and a view of the rest, still to be decoded. @throws PROTOCOL_SHAPE_INVALID */
export function decodeSyncFrame(frame: Uint8Array): { readonly kind: SyncFrameKind; readonly encoded: Uint8Array } {
  const kind = SYNC_FRAME_KINDS[frame[0] ?? -1];
  if (kind === undefined) throw new CairnError('PROTOCOL_SHAPE_INVALID', 'no such kind of sync frame');
  return { kind, encoded: frame.subarray(1) };
}
