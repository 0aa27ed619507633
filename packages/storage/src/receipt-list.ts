import { RECEIPT_CODES, type Receipt, type ReceiptCode } from '@cairn/protocol';
import { blobHash, checkRead } from './checked-blob.ts';

/** As in the leaves of the receipts tree: id (32), code as u16 little-endian. */
const RECEIPT_BYTES = 34;

/** All receipts of a block in one value. Written with Buffer, since a large block has 16,384 of them. */
export function receiptListBlob(receipts: readonly Receipt[]): Uint8Array {
  const blob = Buffer.alloc(receipts.length * RECEIPT_BYTES);
  receipts.forEach(({ id, code }, i) => {
    blob.write(id, i * RECEIPT_BYTES, 'hex');
    blob.writeUInt16LE(RECEIPT_CODES.indexOf(code), i * RECEIPT_BYTES + 32);
  });
  return blob;
}

/** The reverse of `receiptListBlob`. @throws STORAGE_CORRUPT */
export function blobReceiptList(blob: Uint8Array): Receipt[] {
  return Array.from({ length: blob.length / RECEIPT_BYTES }, (_, i) => {
    const leaf = blob.subarray(RECEIPT_BYTES * i, RECEIPT_BYTES * (i + 1));
    const code = (leaf[32] as number) | ((leaf[33] as number) << 8);
    return { id: blobHash(leaf.subarray(0, 32)), code: receiptCodeAt(code) };
  });
}

/** @throws STORAGE_CORRUPT for a code that no release has written. */
export function receiptCodeAt(index: number): ReceiptCode {
  const code = RECEIPT_CODES[index];
  checkRead(code !== undefined, 'receipt', 'code');
  return code;
}
