import {
  AGREEMENT_BYTES_MAX,
  BLOCK_BATCHES_MAX,
  BLOCK_BYTES_MAX,
  type CborValue,
  decodeCanonical,
  encodeCanonical,
  refuseShape,
} from '@cairn/protocol';
import type { SyncBlock } from './node-ports.ts';

export const SYNC_CONTENT_TYPE = 'application/cbor';

/** One answer of /v1/sync/blocks: a list of [certified block, [batch ...]], deterministic CBOR. */
export function encodeSyncBlocks(blocks: readonly SyncBlock[]): Uint8Array {
  return encodeCanonical(blocks.map(({ certified, batches }) => [certified, batches]));
}

/** The largest answer: what was asked for, and one block more. */
export function syncAnswerBytesMax(bytesMax: number): number {
  return bytesMax + BLOCK_BYTES_MAX + AGREEMENT_BYTES_MAX + 64 * 1024;
}

/**
 * Takes an answer apart; certified blocks and batches are still to be decoded and verified.
 * @throws PROTOCOL_BYTES_EXCEEDED, PROTOCOL_CBOR_MALFORMED, PROTOCOL_SHAPE_INVALID
 */
export function decodeSyncBlocks(
  bytes: Uint8Array,
  bounds: { readonly bytesMax: number; readonly blocksMax: number },
): SyncBlock[] {
  const list = decodeCanonical(bytes, syncAnswerBytesMax(bounds.bytesMax));
  if (!Array.isArray(list) || list.length > bounds.blocksMax) return refuseShape(`at most ${bounds.blocksMax} blocks`);
  return list.map(decodeSyncBlock);
}

function decodeSyncBlock(value: CborValue): SyncBlock {
  if (!Array.isArray(value) || value.length !== 2) return refuseShape('a block and its batches');
  const [certified, batches] = value as CborValue[];
  if (!(certified instanceof Uint8Array)) return refuseShape('a certified block in bytes');
  if (!Array.isArray(batches) || batches.length > BLOCK_BATCHES_MAX) return refuseShape('a list of batches');
  return {
    certified,
    batches: batches.map((batch) => (batch instanceof Uint8Array ? batch : refuseShape('a batch in bytes'))),
  };
}
