import { sha256Hash, sha256Into } from '@cairn/crypto';
import { inclusionProof, recordsRoot, verifyInclusion } from '@cairn/merkle';
import { fromHex, type Hash, type MemberIndex, type NetworkId, toHex, writeHex } from '@cairn/primitives';
import { type BatchItem, ITEM_KINDS, type ItemKind } from './batch-item.ts';
import { type Codec, hash, struct, toBytes, uint } from './codec.ts';
import { BATCH_ITEMS_MAX, MEMBERS_MAX } from './limits.ts';

/** What a batch's id is the hash of: everything but the items' bytes, which the root stands for. */
export interface BatchHead {
  readonly networkId: NetworkId;
  readonly epoch: number;
  readonly author: MemberIndex;
  readonly seq: number;
  readonly baseHeight: number;
  readonly itemCount: number;
  /** RFC 9162 tree over the items: kind (1 byte), SHA-256 of the bytes (32). So one item can be shown without the others. */
  readonly itemsRoot: Hash;
}

const batchHead: Codec<BatchHead> = struct({
  networkId: hash,
  epoch: uint(),
  author: uint(MEMBERS_MAX - 1),
  seq: uint(),
  baseHeight: uint(),
  itemCount: uint(BATCH_ITEMS_MAX),
  itemsRoot: hash,
});
const LEAF_BYTES = 33;

/** @returns SHA-256 of the head's canonical bytes. */
export function batchIdOf(head: BatchHead): Hash {
  return sha256Hash(toBytes(batchHead, head));
}

/** @returns the id of each item: SHA-256 of its bytes. */
export function itemIdsOf(items: readonly BatchItem[]): readonly Hash[] {
  const digest = new Uint8Array(32);
  return items.map(({ bytes }) => {
    sha256Into(bytes, digest, 0);
    return toHex(digest) as Hash;
  });
}

/** @param ids of the items, in their order. */
export function itemsRootOf(items: readonly BatchItem[], ids: readonly Hash[]): Hash {
  return recordsRoot({
    count: items.length,
    recordBytes: LEAF_BYTES,
    write: (index, out, at) => {
      out[at] = ITEM_KINDS.indexOf((items[index] as BatchItem).kind);
      writeHex(ids[index] as Hash, out, at + 1);
    },
  });
}

/** @returns the path of one item to the root of its batch. */
export function itemPathOf(items: readonly BatchItem[], ids: readonly Hash[], index: number): readonly Hash[] {
  return inclusionProof(
    items.map(({ kind }, at) => leafOf(kind, ids[at] as Hash)),
    index,
  );
}

/** Whether an item stands at `index` of the batch of this head. Never throws. */
export function isItemOf(
  head: BatchHead,
  { index, item, path }: { readonly index: number; readonly item: BatchItem; readonly path: readonly Hash[] },
): boolean {
  const leaf = leafOf(item.kind, sha256Hash(item.bytes));
  return verifyInclusion({ leaf, index, size: head.itemCount, proof: path, root: head.itemsRoot });
}

function leafOf(kind: ItemKind, id: Hash): Uint8Array {
  const leaf = new Uint8Array(LEAF_BYTES);
  leaf[0] = ITEM_KINDS.indexOf(kind);
  leaf.set(fromHex(id, 32), 1);
  return leaf;
}
