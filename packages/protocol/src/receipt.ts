import { concatBytes, fromHex, type Hash } from '@cairn/primitives';

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

/** Leaf bytes: id (32), code as u16 little-endian. */
export function encodeReceipt(receipt: Receipt): Uint8Array {
  const code = RECEIPT_CODES.indexOf(receipt.code);
  return concatBytes(fromHex(receipt.id, 32), Uint8Array.of(code & 255, code >> 8));
}
