import { type Hash, type Signature, toHex } from '@cairn/primitives';
import type { BatchBody } from './batch.ts';
import { type BatchItem, ITEM_KINDS } from './batch-item.ts';
import { ARRAY, CborCursor, REFUSED, UINT } from './cbor-cursor.ts';
import { BATCH_BYTES_MAX, BATCH_ITEMS_MAX, ITEM_BYTES_MAX, MEMBERS_MAX } from './limits.ts';

/** A batch taken apart; bytes are views into those of the batch. */
export interface ParsedBatch {
  readonly body: BatchBody;
  readonly signature: Signature;
}

/** Fields of a body. */
const BODY_FIELDS = 6;
const ITEM_FIELDS = 2;

/**
 * Reads a batch by hand: it comes through every node twice, at the door and in the core, and the general decoder makes a
 * tree of it, writes that again and compares. This accepts exactly what `decodeBatchByCbor` accepts (a property test
 * compares them), since heads in their shortest form and nothing left over are all that deterministic CBOR asks here.
 * @returns undefined for anything else, without a reason; never throws.
 */
export function parseBatch(bytes: Uint8Array): ParsedBatch | undefined {
  if (bytes.length > BATCH_BYTES_MAX) return undefined;
  const cursor = new CborCursor(bytes, 0, bytes.length);
  if (cursor.argument(ARRAY) !== 2) return undefined;
  const bodyAt = cursor.skipBytes(BATCH_BYTES_MAX);
  const bodyEnd = cursor.at;
  if (bodyAt === REFUSED) return undefined;
  const signature = hexOf(cursor, 64);
  if (signature === undefined || cursor.at !== bytes.length) return undefined;
  const body = parseBody(new CborCursor(bytes, bodyAt, bodyEnd));
  if (body === undefined) return undefined;
  return { body, signature: signature as Signature };
}

function parseBody(cursor: CborCursor): BatchBody | undefined {
  if (cursor.argument(ARRAY) !== BODY_FIELDS) return undefined;
  const networkId = hexOf(cursor, 32);
  if (networkId === undefined) return undefined;
  const epoch = cursor.argument(UINT);
  const author = epoch === REFUSED ? REFUSED : cursor.argument(UINT);
  if (author === REFUSED || author > MEMBERS_MAX - 1) return undefined;
  const seq = cursor.argument(UINT);
  const baseHeight = seq === REFUSED ? REFUSED : cursor.argument(UINT);
  if (baseHeight === REFUSED) return undefined;
  const items = parseItems(cursor);
  if (items === undefined || cursor.at !== cursor.end) return undefined;
  return { networkId: networkId as Hash, epoch, author, seq, baseHeight, items };
}

function parseItems(cursor: CborCursor): BatchItem[] | undefined {
  const count = cursor.argument(ARRAY);
  if (count < 1 || count > BATCH_ITEMS_MAX) return undefined;
  const items: BatchItem[] = [];
  for (let i = 0; i < count; i++) {
    if (cursor.argument(ARRAY) !== ITEM_FIELDS) return undefined;
    const position = cursor.argument(UINT);
    const kind = position === REFUSED ? undefined : ITEM_KINDS[position];
    const start = cursor.skipBytes(ITEM_BYTES_MAX);
    if (kind === undefined || start === REFUSED || start === cursor.at) return undefined;
    items.push({ kind, bytes: cursor.bytes.subarray(start, cursor.at) });
  }
  return items;
}

function hexOf(cursor: CborCursor, lengthBytes: number): string | undefined {
  const start = cursor.skipBytes(lengthBytes);
  if (start === REFUSED || cursor.at - start !== lengthBytes) return undefined;
  return toHex(cursor.bytes.subarray(start, cursor.at));
}
