import { sha256, sha256Hash } from '@cairn/crypto';
import { fromHex, type Hash } from '@cairn/primitives';

/** Root of the tree without leaves: SHA-256 of the empty string (RFC 9162 section 2.1.1). */
export const EMPTY_ROOT: Hash = sha256Hash(new Uint8Array(0));

/** No tree of up to 2^53 leaves has a longer proof or frontier. */
export const PROOF_HASHES_MAX = 64;

const LEAF_PREFIX = Uint8Array.of(0);
const HASH_HEX = /^[0-9a-f]{64}$/;

/** Leaf hash, SHA-256(0x00 || data) (RFC 9162 section 2.1.1). */
export function leafHash(leaf: Uint8Array): Hash {
  return sha256Hash(LEAF_PREFIX, leaf);
}

/** Leaf hash as 32 bytes: for whole trees, which are built on bytes. */
export function leafHashBytes(leaf: Uint8Array): Uint8Array {
  const input = new Uint8Array(leaf.length + 1);
  input.set(leaf, 1);
  return sha256(input);
}

/** Node hash, SHA-256(0x01 || left || right). Both are well-formed hashes: check peers' with `isHashText` first. */
export function nodeHash(children: { readonly left: Hash; readonly right: Hash }): Hash {
  return sha256Hash(nodeInput(fromHex(children.left, 32), fromHex(children.right, 32)));
}

/** Node hash as 32 bytes. */
export function nodeHashBytes(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256(nodeInput(left, right));
}

/** @returns whether a value from a peer has a hash's shape. */
export function isHashText(value: unknown): value is Hash {
  return typeof value === 'string' && HASH_HEX.test(value);
}

/** A tree of n leaves makes n - 1 of these inputs, so they share one buffer: hashing copies nothing and is synchronous. */
const nodeScratch = new Uint8Array(65);
nodeScratch[0] = 1;

function nodeInput(left: Uint8Array, right: Uint8Array): Uint8Array {
  nodeScratch.set(left, 1);
  nodeScratch.set(right, 33);
  return nodeScratch;
}
