import { crc32 } from 'node:zlib';
import { CairnError, concatBytes, type Hash, toHash } from '@cairn/primitives';

const SUM_BYTES = 4;

/**
 * Puts a CRC-32 before bytes that have no hash of their own, so that a flipped bit or a row that slipped into another's
 * place is seen when it is read back.
 * @param place names the row: table and key.
 */
export function toChecked(place: string, bytes: Uint8Array): Uint8Array {
  const sum = new Uint8Array(SUM_BYTES);
  new DataView(sum.buffer).setUint32(0, sumOf(place, bytes));
  return concatBytes(sum, bytes);
}

/** @returns the bytes without their sum, as a view. @throws STORAGE_CORRUPT */
export function fromChecked(place: string, stored: Uint8Array): Uint8Array {
  const bytes = stored.subarray(SUM_BYTES);
  const isSound =
    stored.length >= SUM_BYTES && new DataView(stored.buffer, stored.byteOffset).getUint32(0) === sumOf(place, bytes);
  if (!isSound) throw corrupt(place, 'checksum');
  return bytes;
}

/** @throws STORAGE_CORRUPT unless `condition` holds of what was read from `place`. */
export function checkRead(condition: boolean, place: string, what: string): asserts condition {
  if (!condition) throw corrupt(place, what);
}

/** Decodes what was read back: a failure is the disk's fault, not a peer's. @throws STORAGE_CORRUPT */
export function decodeRead<T>(place: string, decode: () => T): T {
  try {
    return decode();
  } catch (cause) {
    if (cause instanceof CairnError && cause.code === 'STORAGE_CORRUPT') throw cause;
    throw corrupt(place, 'encoding', cause);
  }
}

/** A hash as SQLite keeps it: 32 bytes. */
export function hashBlob(hash: Hash): Uint8Array {
  return Buffer.from(hash, 'hex');
}

/** @throws BYTES_HEX_MALFORMED unless 32 bytes. */
export function blobHash(blob: Uint8Array): Hash {
  return toHash(Buffer.from(blob.buffer, blob.byteOffset, blob.length).toString('hex'));
}

/** Many hashes in one value, 32 bytes each. */
export function hashListBlob(hashes: readonly Hash[]): Uint8Array {
  return Buffer.from(hashes.join(''), 'hex');
}

/** The reverse of `hashListBlob`. @throws BYTES_HEX_MALFORMED */
export function blobHashList(blob: Uint8Array): Hash[] {
  const hex = Buffer.from(blob.buffer, blob.byteOffset, blob.length).toString('hex');
  return Array.from({ length: hex.length / 64 }, (_, i) => toHash(hex.slice(64 * i, 64 * (i + 1))));
}

function sumOf(place: string, bytes: Uint8Array): number {
  return crc32(bytes, crc32(place));
}

function corrupt(place: string, what: string, cause?: unknown): CairnError {
  return new CairnError('STORAGE_CORRUPT', `${what} of ${place} is not what was written`, { place, what }, { cause });
}
