import { sha256Hash } from '@cairn/crypto';
import {
  CairnError,
  fromHex,
  type Hash,
  type MemberIndex,
  type NetworkId,
  toHash,
  type UnixMs,
  writeHex,
} from '@cairn/primitives';

/** What every signature of the committee vouches for. All that execution reads or writes is under its hash. */
export interface BlockHeader {
  /** Version of the rules. */
  readonly version: number;
  readonly networkId: NetworkId;
  readonly height: number;
  readonly parentHash: Hash;
  /** Hash of the parent's prepare certificate as the block carries it; zero at height 1. */
  readonly parentCertificateHash: Hash;
  readonly time: UnixMs;
  /** First proposer; a re-proposed block keeps it. */
  readonly leader: MemberIndex;
  readonly epoch: number;
  /** Batch ids in order. */
  readonly batchesRoot: Hash;
  /** One leaf per item: id and code. */
  readonly receiptsRoot: Hash;
  /** Ids of accepted reports. */
  readonly reportsRoot: Hash;
  readonly resultsRoot: Hash;
  /** Running hash over the state writes. */
  readonly stateHash: Hash;
  /** Root of the log over headers 0 .. height - 1. */
  readonly previousLogRoot: Hash;
  readonly committeeHash: Hash;
  /** Only in the last block of an epoch. */
  readonly epochEnd: EpochEnd | null;
}

export interface EpochEnd {
  /** Of the state at this epoch's first block. */
  readonly snapshotRoot: Hash;
  /** Of the epoch before. */
  readonly rewardsRoot: Hash;
  /** The committee of the next epoch. */
  readonly nextCommitteeHash: Hash;
}

export const HEADER_BYTES = 352;
export const HEADER_EPOCH_END_BYTES = HEADER_BYTES + 96;

const FLAG_EPOCH_END = 1;
const HASH_FIELDS = [
  'networkId',
  'parentHash',
  'parentCertificateHash',
  'batchesRoot',
  'receiptsRoot',
  'reportsRoot',
  'resultsRoot',
  'stateHash',
  'previousLogRoot',
  'committeeHash',
] as const;
const EPOCH_END_FIELDS = ['snapshotRoot', 'rewardsRoot', 'nextCommitteeHash'] as const;
const HASHES_OFFSET = 32;

/**
 * Fixed little-endian layout, so that a program on a chain or a microcontroller needs no parser:
 * version u32 @0, leader u16 @4, flags u16 @6, height u64 @8, time u64 @16, epoch u64 @24, ten hashes @32 in the
 * order of HASH_FIELDS, and, when flag bit 0 is set, snapshotRoot, rewardsRoot, nextCommitteeHash @352.
 * @returns 352 bytes, or 448 for the last block of an epoch.
 */
export function encodeHeader(header: BlockHeader): Uint8Array {
  const bytes = new Uint8Array(header.epochEnd === null ? HEADER_BYTES : HEADER_EPOCH_END_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, header.version, true);
  view.setUint16(4, header.leader, true);
  view.setUint16(6, header.epochEnd === null ? 0 : FLAG_EPOCH_END, true);
  writeUint64(view, 8, header.height);
  writeUint64(view, 16, header.time);
  writeUint64(view, 24, header.epoch);
  HASH_FIELDS.forEach((field, i) => {
    writeHash(header[field], bytes, HASHES_OFFSET + 32 * i);
  });
  const { epochEnd } = header;
  if (epochEnd !== null) {
    EPOCH_END_FIELDS.forEach((field, i) => {
      writeHash(epochEnd[field], bytes, HEADER_BYTES + 32 * i);
    });
  }
  return bytes;
}

/** The room is for 32 bytes. @throws BYTES_HEX_MALFORMED */
function writeHash(hash: Hash, bytes: Uint8Array, offset: number): void {
  if (hash.length === 64) writeHex(hash, bytes, offset);
  else bytes.set(fromHex(hash, 32), offset);
}

/** Little-endian; a safe integer. */
function writeUint64(view: DataView, offset: number, value: number): void {
  const low = value % 0x1_0000_0000;
  view.setUint32(offset, low, true);
  view.setUint32(offset + 4, (value - low) / 0x1_0000_0000, true);
}

/** @throws PROTOCOL_HEADER_MALFORMED unless `bytes` is exactly what `encodeHeader` would make. */
export function decodeHeader(bytes: Uint8Array): BlockHeader {
  const malformed = (why: string) => new CairnError('PROTOCOL_HEADER_MALFORMED', why, { length: bytes.length });
  if (bytes.length !== HEADER_BYTES && bytes.length !== HEADER_EPOCH_END_BYTES) throw malformed('wrong length');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const flags = view.getUint16(6, true);
  const isEpochEnd = flags === FLAG_EPOCH_END;
  if (flags > FLAG_EPOCH_END || isEpochEnd !== (bytes.length === HEADER_EPOCH_END_BYTES)) throw malformed('bad flags');
  const u64 = (offset: number): number => {
    const value = view.getBigUint64(offset, true);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw malformed('number over 2^53');
    return Number(value);
  };
  const hashAt = (offset: number): Hash => toHash(bytes.subarray(offset, offset + 32));
  const hashes = Object.fromEntries(HASH_FIELDS.map((field, i) => [field, hashAt(HASHES_OFFSET + 32 * i)])) as Record<
    (typeof HASH_FIELDS)[number],
    Hash
  >;
  const epochEnd = isEpochEnd
    ? (Object.fromEntries(
        EPOCH_END_FIELDS.map((field, i) => [field, hashAt(HEADER_BYTES + 32 * i)]),
      ) as unknown as EpochEnd)
    : null;
  return {
    version: view.getUint32(0, true),
    leader: view.getUint16(4, true),
    height: u64(8),
    time: u64(16),
    epoch: u64(24),
    ...hashes,
    epochEnd,
  };
}

/** A header is asked for its hash many times while a height is agreed on, and never changes. */
const hashes = new WeakMap<BlockHeader, Hash>();

/** SHA-256 of the header's bytes: the block hash, and the `header` line of its checkpoint. */
export function headerHash(header: BlockHeader): Hash {
  let hash = hashes.get(header);
  if (hash === undefined) {
    hash = sha256Hash(encodeHeader(header));
    hashes.set(header, hash);
  }
  return hash;
}
