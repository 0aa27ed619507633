import { assert, type Hash, toHex } from '@cairn/primitives';
import { LogTree } from './log-tree.ts';
import { EMPTY_ROOT, leafHashBytes, nodeHashBytes } from './tree-hash.ts';

/** A whole tree in memory, hashed once: for the root of a list and the proofs of many of its leaves. */
export class MerkleTree {
  readonly size: number;
  readonly #levels: readonly (readonly Uint8Array[])[];
  readonly #tree: LogTree;

  constructor(leaves: readonly Uint8Array[]) {
    this.size = leaves.length;
    this.#levels = completeLevels(leaves);
    this.#tree = new LogTree({ readNode: (level, index) => this.node(level, index) });
  }

  /** @returns the root, RFC 9162 section 2.1.1; SHA-256('') without leaves. */
  root(): Hash {
    return this.#tree.root(this.size);
  }

  /** @throws MERKLE_INDEX_OUT_OF_RANGE unless index < size. */
  inclusionProof(index: number): Hash[] {
    return this.#tree.inclusionProof({ index, size: this.size });
  }

  /** Proof that the first `firstSize` leaves are a prefix of all. @throws MERKLE_INDEX_OUT_OF_RANGE. */
  consistencyProof(firstSize: number): Hash[] {
    return this.#tree.consistencyProof({ firstSize, secondSize: this.size });
  }

  /** @returns the hash of a complete subtree, as a NodeReader does. */
  node(level: number, index: number): Hash {
    const bytes = this.#levels[level]?.[index];
    assert(bytes !== undefined, 'a complete subtree of this tree');
    return toHex(bytes) as Hash;
  }
}

/** levels[l][i] is the hash of the complete subtree of 2^l leaves at i; a ragged right edge has no node. */
function completeLevels(leaves: readonly Uint8Array[]): Uint8Array[][] {
  const levels = [leaves.map(leafHashBytes)];
  for (let below = levels[0] as Uint8Array[]; below.length > 1; below = levels.at(-1) as Uint8Array[]) {
    const level: Uint8Array[] = [];
    for (let i = 0; i + 1 < below.length; i += 2) {
      level.push(nodeHashBytes(below[i] as Uint8Array, below[i + 1] as Uint8Array));
    }
    levels.push(level);
  }
  return levels;
}

/** Root of a list of leaves, RFC 9162 section 2.1.1. */
export function merkleRoot(leaves: readonly Uint8Array[]): Hash {
  return leaves.length === 0 ? EMPTY_ROOT : new MerkleTree(leaves).root();
}

/** Proof of one leaf of a list; for several build a MerkleTree once. @throws MERKLE_INDEX_OUT_OF_RANGE. */
export function inclusionProof(leaves: readonly Uint8Array[], index: number): Hash[] {
  return new MerkleTree(leaves).inclusionProof(index);
}

/** Proof that the first `firstSize` leaves are a prefix of the list. @throws MERKLE_INDEX_OUT_OF_RANGE. */
export function consistencyProof(leaves: readonly Uint8Array[], firstSize: number): Hash[] {
  return new MerkleTree(leaves).consistencyProof(firstSize);
}
