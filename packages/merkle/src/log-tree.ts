import { CairnError, type Hash } from '@cairn/primitives';
import { LogFrontier } from './log-frontier.ts';
import { EMPTY_ROOT, nodeHash } from './tree-hash.ts';

/**
 * Reads the hash of a complete subtree: of the 2^level leaves that begin at index * 2^level. Level 0 holds leaf hashes.
 * A complete subtree never changes when the log grows, so a store writes each node once and for ever.
 */
export type NodeReader = (level: number, index: number) => Hash;

/** Roots and proofs of any past size of a log, from the stored hashes of its complete subtrees. */
export class LogTree {
  readonly #readNode: NodeReader;

  /** @param dependencies.readNode is asked for complete subtrees of the size given to each method, and no others. */
  constructor(dependencies: { readonly readNode: NodeReader }) {
    this.#readNode = dependencies.readNode;
  }

  /** @returns the root over the first `size` leaves. @throws MERKLE_INDEX_OUT_OF_RANGE. */
  root(size: number): Hash {
    check(isCount(size), { size });
    return size === 0 ? EMPTY_ROOT : this.#range(0, size);
  }

  /** @returns what is needed to append to the log of the first `size` leaves. @throws MERKLE_INDEX_OUT_OF_RANGE. */
  frontier(size: number): LogFrontier {
    check(isCount(size), { size });
    const hashes: Hash[] = [];
    for (const { level, index } of frontierPlaces(size)) hashes.push(this.#readNode(level, index));
    return LogFrontier.restore({ size, hashes });
  }

  /**
   * Inclusion proof of leaf `index` in the tree of `size` leaves, RFC 9162 section 2.1.3.1.
   * @returns at most ceil(log2(size)) hashes, deepest first.
   * @throws MERKLE_INDEX_OUT_OF_RANGE unless index < size.
   */
  inclusionProof(position: { readonly index: number; readonly size: number }): Hash[] {
    const { index, size } = position;
    check(isCount(size) && isCount(index) && index < size, position);
    const path: Hash[] = [];
    let [start, end] = [0, size];
    while (end - start > 1) {
      const middle = start + largestPowerBelow(end - start);
      if (index < middle) {
        path.push(this.#range(middle, end));
        end = middle;
      } else {
        path.push(this.#range(start, middle));
        start = middle;
      }
    }
    return path.reverse();
  }

  /**
   * Consistency proof between two sizes of the log, RFC 9162 section 2.1.4.1.
   * @returns empty when the sizes are equal or the first is 0.
   * @throws MERKLE_INDEX_OUT_OF_RANGE unless firstSize <= secondSize.
   */
  consistencyProof(sizes: { readonly firstSize: number; readonly secondSize: number }): Hash[] {
    const { firstSize, secondSize } = sizes;
    check(isCount(firstSize) && isCount(secondSize) && firstSize <= secondSize, sizes);
    if (firstSize === 0 || firstSize === secondSize) return [];
    const proof: Hash[] = [];
    let [start, end] = [0, secondSize];
    // SUBPROOF(m, D[n], b): b is true while the old tree's root is itself the left edge, known to the verifier.
    while (firstSize !== end) {
      const middle = start + largestPowerBelow(end - start);
      if (firstSize <= middle) {
        proof.push(this.#range(middle, end));
        end = middle;
      } else {
        proof.push(this.#range(start, middle));
        start = middle;
      }
    }
    if (start !== 0) proof.push(this.#range(start, end));
    return proof.reverse();
  }

  /** Hash over leaves start .. end - 1, where start is a multiple of a power of two not below the length. */
  #range(start: number, end: number): Hash {
    const length = end - start;
    const level = Math.log2(length);
    if (Number.isInteger(level) && 2 ** level === length) return this.#readNode(level, start / length);
    const middle = start + largestPowerBelow(length);
    return nodeHash({ left: this.#range(start, middle), right: this.#range(middle, end) });
  }
}

/** Where the hashes of a frontier stand in the tree: its complete subtrees, largest first. */
export function frontierPlaces(size: number): readonly { readonly level: number; readonly index: number }[] {
  const places: { readonly level: number; readonly index: number }[] = [];
  let start = 0;
  for (let level = Math.floor(Math.log2(Math.max(1, size))); level >= 0; level--) {
    const length = 2 ** level;
    if (start + length > size) continue;
    places.push({ level, index: start / length });
    start += length;
  }
  return places;
}

/** @returns the largest power of two smaller than `size`, for size >= 2. */
function largestPowerBelow(size: number): number {
  let power = 1;
  while (power * 2 < size) power *= 2;
  return power;
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function check(condition: boolean, meta: Readonly<Record<string, number>>): void {
  if (!condition) throw new CairnError('MERKLE_INDEX_OUT_OF_RANGE', 'no such leaf or size', meta);
}
