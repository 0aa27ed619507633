import type { Hash, MemberIndex, NetworkId, Signature } from '@cairn/primitives';
import { batchIdOf, itemIdsOf, itemsRootOf } from './batch-head.ts';
import { type BatchItem, ITEM_KINDS } from './batch-item.ts';
import { bytes, type Codec, fromBytes, hash, list, oneOf, signature, struct, toBytes, uint } from './codec.ts';
import { signingBytesOf } from './domain.ts';
import { BATCH_BYTES_MAX, BATCH_ITEMS_MAX, ITEM_BYTES_MAX, MEMBERS_MAX } from './limits.ts';
import { parseBatch } from './parse-batch.ts';

/** A node's signed pack of items (protocol section 4). */
export interface BatchBody {
  readonly networkId: NetworkId;
  readonly epoch: number;
  readonly author: MemberIndex;
  readonly seq: number;
  /** It may stand in blocks of height base + 1 to base + 1,000. */
  readonly baseHeight: number;
  readonly items: readonly BatchItem[];
}

export interface Batch extends BatchBody {
  /** Hash of its head (batch-head.ts); the signature is outside, because signatures are not unique. */
  readonly id: Hash;
  /** SHA-256 of each item's bytes. */
  readonly itemIds: readonly Hash[];
  readonly signature: Signature;
  /** The whole batch as sent, body and signature. */
  readonly bytes: Uint8Array;
}

/** An item on the wire. */
export const batchItem: Codec<BatchItem> = struct({ kind: oneOf(ITEM_KINDS), bytes: bytes(ITEM_BYTES_MAX, 1) });
const batchBody: Codec<BatchBody> = struct({
  networkId: hash,
  epoch: uint(),
  author: uint(MEMBERS_MAX - 1),
  seq: uint(),
  baseHeight: uint(),
  items: list(batchItem, BATCH_ITEMS_MAX, 1),
});
const envelope = struct({ body: bytes(BATCH_BYTES_MAX), signature });

export function encodeBatchBody(body: BatchBody): Uint8Array {
  return toBytes(batchBody, body);
}

/** What the author signs: enough to show two batches of one (author, seq) without their bodies. */
export interface BatchStatement {
  readonly epoch: number;
  readonly author: MemberIndex;
  readonly seq: number;
  readonly id: Hash;
}
const batchStatement: Codec<BatchStatement> = struct({
  epoch: uint(),
  author: uint(MEMBERS_MAX - 1),
  seq: uint(),
  id: hash,
});

/** The bytes that the author's signature covers. */
export const batchSigningBytes = signingBytesOf('batch', batchStatement);

/** Encodes a body and puts the author's signature beside it. @param sign the author's identity key over given bytes. */
export function sealBatch(body: BatchBody, sign: (bytes: Uint8Array) => Signature): Batch {
  const bodyBytes = encodeBatchBody(body);
  const named = namesOf(body);
  const { id } = named;
  const authorSignature = sign(batchSigningBytes(body.networkId, { ...body, id }));
  const bytes = toBytes(envelope, { body: bodyBytes, signature: authorSignature });
  return { ...body, ...named, signature: authorSignature, bytes };
}

/**
 * Parses a batch as received. No signature is checked here. Its items are views into `encoded`.
 * @throws PROTOCOL_BYTES_EXCEEDED, PROTOCOL_CBOR_MALFORMED, PROTOCOL_SHAPE_INVALID
 */
export function decodeBatch(encoded: Uint8Array): Batch {
  const parsed = parseBatch(encoded);
  // As with reports, the slow way knows the reason and decides.
  if (parsed === undefined) return decodeBatchByCbor(encoded);
  const { body, signature } = parsed;
  return { ...body, ...namesOf(body), signature, bytes: encoded };
}

/** What `decodeBatch` does, by the general decoder: the definition that its quick parser is compared with. */
export function decodeBatchByCbor(encoded: Uint8Array): Batch {
  const outer = fromBytes(envelope, encoded, BATCH_BYTES_MAX);
  const body = fromBytes(batchBody, outer.body, BATCH_BYTES_MAX);
  return { ...body, ...namesOf(body), signature: outer.signature, bytes: encoded };
}

function namesOf(body: BatchBody): Pick<Batch, 'id' | 'itemIds'> {
  const { items } = body;
  const itemIds = itemIdsOf(items);
  return { id: batchIdOf({ ...body, itemCount: items.length, itemsRoot: itemsRootOf(items, itemIds) }), itemIds };
}
