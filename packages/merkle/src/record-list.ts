import { sha256Into } from '@cairn/crypto';
import { assert, type Hash, toHex } from '@cairn/primitives';
import { EMPTY_ROOT } from './tree-hash.ts';

/** Leaves of one size, of which there are many: receipts and report ids of a block. */
export interface RecordList {
  readonly count: number;
  readonly recordBytes: number;
  /** Writes record `index`, `recordBytes` long, into `out` at `at`. */
  readonly write: (index: number, out: Uint8Array, at: number) => void;
}

/** 0x01 || left || right. */
const NODE_BYTES = 65;

/**
 * Root of a list of records, RFC 9162 section 2.1.1: the same as `merkleRoot` of them, without an array for each leaf and
 * node. One buffer holds the inputs of all nodes of a level; a level is hashed into the front of the same buffer.
 */
export function recordsRoot({ count, recordBytes, write }: RecordList): Hash {
  assert(Number.isSafeInteger(count) && count >= 0, 'a count');
  if (count === 0) return EMPTY_ROOT;
  const nodes = new Uint8Array(NODE_BYTES * ((count + 1) >> 1));
  for (let at = 0; at < nodes.length; at += NODE_BYTES) nodes[at] = 1;
  const leaf = new Uint8Array(1 + recordBytes);
  for (let i = 0; i < count; i++) {
    write(i, leaf, 1);
    sha256Into(leaf, nodes, placeOf(i));
  }
  for (let size = count; size > 1; size = (size + 1) >> 1) hashLevel(nodes, size);
  return toHex(nodes.subarray(1, 33)) as Hash;
}

/** Where hash `index` of a level stands: in node index / 2, on the left or on the right. */
function placeOf(index: number): number {
  return NODE_BYTES * (index >> 1) + 1 + 32 * (index & 1);
}

/** A node is read before a parent is written over it, since parents stand further to the front. */
function hashLevel(nodes: Uint8Array, size: number): void {
  const pairs = size >> 1;
  for (let i = 0; i < pairs; i++) sha256Into(nodes.subarray(NODE_BYTES * i, NODE_BYTES * (i + 1)), nodes, placeOf(i));
  // The last of an odd level goes up as it is.
  if (size & 1) nodes.copyWithin(placeOf(pairs), placeOf(size - 1), placeOf(size - 1) + 32);
}
