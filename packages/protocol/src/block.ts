import { merkleRoot } from '@cairn/merkle';
import { fromHex, type Hash, type Signature, ZERO_HASH } from '@cairn/primitives';
import {
  type BlockHeader,
  decodeHeader,
  encodeHeader,
  HEADER_BYTES,
  HEADER_EPOCH_END_BYTES,
  headerHash,
} from './block-header.ts';
import { type PrepareCertificate, prepareCertificate, prepareCertificateHash } from './certificate.ts';
import { bytes, type Codec, fromBytes, hash, list, nullable, signature, struct, toBytes } from './codec.ts';
import { AGREEMENT_BYTES_MAX, BLOCK_BATCHES_MAX } from './limits.ts';

/** Header and batch ids, one per height, with the parent's prepare certificate (null at height 1). */
export interface Block {
  readonly header: BlockHeader;
  readonly batchIds: readonly Hash[];
  readonly parentCertificate: PrepareCertificate | null;
}

/** A block that the committee has signed: `groupSignature` is over its checkpoint's text (7). */
export interface CertifiedBlock {
  readonly block: Block;
  readonly certificate: PrepareCertificate;
  readonly groupSignature: Signature;
}

const header: Codec<BlockHeader> = {
  encode: encodeHeader,
  decode: (value) => decodeHeader(bytes(HEADER_EPOCH_END_BYTES, HEADER_BYTES).decode(value)),
};

export const blockCodec: Codec<Block> = struct({
  header,
  batchIds: list(hash, BLOCK_BATCHES_MAX),
  parentCertificate: nullable(prepareCertificate),
});

export const certifiedBlockCodec: Codec<CertifiedBlock> = struct({
  block: blockCodec,
  certificate: prepareCertificate,
  groupSignature: signature,
});

export function blockHash(block: Block): Hash {
  return headerHash(block.header);
}

/**
 * Signatures cover the header, and the header only hashes of what stands beside it. Whoever relays a block could swap
 * the rest, so nothing is believed of a block before this holds.
 */
export function isBlockWhole(block: Block): boolean {
  if (whole.has(block)) return true;
  const { header, batchIds, parentCertificate } = block;
  const parentHash = parentCertificate === null ? ZERO_HASH : prepareCertificateHash(parentCertificate);
  const isWhole = batchesRootOf(batchIds) === header.batchesRoot && parentHash === header.parentCertificateHash;
  if (isWhole) whole.add(block);
  return isWhole;
}

/** Found whole before: the door asks, then the chain, twice. A block never changes. */
const whole = new WeakSet<Block>();

/** RFC 9162 root over batch ids in order. */
export function batchesRootOf(batchIds: readonly Hash[]): Hash {
  return merkleRoot(batchIds.map((id) => fromHex(id, 32)));
}

export function encodeBlock(block: Block): Uint8Array {
  return toBytes(blockCodec, block);
}

/** @throws PROTOCOL_* */
export function decodeBlock(encoded: Uint8Array): Block {
  return fromBytes(blockCodec, encoded, AGREEMENT_BYTES_MAX);
}

export function encodeCertifiedBlock(block: CertifiedBlock): Uint8Array {
  return toBytes(certifiedBlockCodec, block);
}

/** @throws PROTOCOL_* */
export function decodeCertifiedBlock(encoded: Uint8Array): CertifiedBlock {
  return fromBytes(certifiedBlockCodec, encoded, AGREEMENT_BYTES_MAX);
}
