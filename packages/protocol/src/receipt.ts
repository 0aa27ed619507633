import { assert, type Hash, writeHex } from '@cairn/primitives';

/** Fate of one item in a block. Order frozen: the position is the code in the leaf. */
export const RECEIPT_CODES = [
  'accepted',
  'unknown-feed',
  'unknown-device',
  'revoked',
  'not-registered-for-feed',
  'outside-registration',
  'stale',
  'deferred',
  'replayed',
  'duplicate',
  'conflicting',
  'channels-mismatch',
  'out-of-range',
  'implausible-step',
  'implausible-move',
  'cell-invalid',
  'group-not-allowed',
  'window-closed',
  'window-full',
  'limit-exceeded',
  'signer-not-allowed',
  'malformed',
  'already-registered',
  'future',
] as const;
export type ReceiptCode = (typeof RECEIPT_CODES)[number];

/** One leaf of the receipts tree per item, in (batch, item) order. */
export interface Receipt {
  /** Report id, or hash of the item's bytes. */
  readonly id: Hash;
  readonly code: ReceiptCode;
}

/** Bytes of a leaf: id (32), code as u16 little-endian. */
export const RECEIPT_BYTES = 34;

/** @returns the leaf of a receipt. */
export function encodeReceipt(receipt: Receipt): Uint8Array {
  const leaf = new Uint8Array(RECEIPT_BYTES);
  writeReceipt(receipt, leaf, 0);
  return leaf;
}

/** Writes the leaf of a receipt into `out` at `at`. @throws BYTES_HEX_MALFORMED */
export function writeReceipt({ id, code }: Receipt, out: Uint8Array, at: number): void {
  assert(id.length === 64, 'the hex of a hash');
  writeHex(id, out, at);
  const position = RECEIPT_CODES.indexOf(code);
  out[at + 32] = position & 255;
  out[at + 33] = position >> 8;
}
