import { assert, CairnError, type Hash } from '@cairn/primitives';
import { EMPTY_ROOT, isHashText, leafHash, nodeHash } from './tree-hash.ts';

/** A frontier as data: the size of the log, and one hash for each complete subtree, largest first. */
export interface FrontierData {
  readonly size: number;
  readonly hashes: readonly Hash[];
}

/** A complete subtree that an append brought into being, as a store keeps it for `LogTree`. */
export interface CompletedNode {
  readonly level: number;
  readonly index: number;
  readonly hash: Hash;
}

/** The right edge of an append-only log: all that is needed to append to it and to know its root. Immutable. */
export class LogFrontier implements FrontierData {
  readonly size: number;
  readonly hashes: readonly Hash[];

  private constructor(data: FrontierData) {
    this.size = data.size;
    this.hashes = data.hashes;
  }

  /** The frontier of the log without leaves. */
  static readonly empty: LogFrontier = new LogFrontier({ size: 0, hashes: [] });

  /**
   * Takes a frontier out of storage or a snapshot. That it is the right one, only its root tells.
   * @throws MERKLE_FRONTIER_MALFORMED unless it has one hash for each bit set in its size.
   */
  static restore(data: FrontierData): LogFrontier {
    const isSound =
      Number.isSafeInteger(data.size) &&
      data.size >= 0 &&
      Array.isArray(data.hashes) &&
      data.hashes.length === bitsSet(data.size) &&
      data.hashes.every(isHashText);
    if (!isSound) throw new CairnError('MERKLE_FRONTIER_MALFORMED', 'hashes do not fit the size');
    return new LogFrontier({ size: data.size, hashes: [...data.hashes] });
  }

  /** @returns the frontier after one more leaf. */
  append(leaf: Uint8Array): LogFrontier {
    return this.appendTracked(leaf).frontier;
  }

  /** @returns the frontier after one more leaf, and the subtrees it completed, leaf first: at most 54. */
  appendTracked(leaf: Uint8Array): { readonly frontier: LogFrontier; readonly completed: readonly CompletedNode[] } {
    assert(this.size < Number.MAX_SAFE_INTEGER, 'a log of at most 2^53 leaves');
    const hashes = [...this.hashes];
    let node: CompletedNode = { level: 0, index: this.size, hash: leafHash(leaf) };
    const completed = [node];
    while (node.index % 2 === 1) {
      const left = hashes.pop() as Hash;
      node = { level: node.level + 1, index: (node.index - 1) / 2, hash: nodeHash({ left, right: node.hash }) };
      completed.push(node);
    }
    hashes.push(node.hash);
    return { frontier: new LogFrontier({ size: this.size + 1, hashes }), completed };
  }

  /** @returns the root over all leaves so far. */
  root(): Hash {
    if (this.hashes.length === 0) return EMPTY_ROOT;
    return this.hashes.reduceRight((right, left) => nodeHash({ left, right }));
  }

  toJSON(): FrontierData {
    return { size: this.size, hashes: this.hashes };
  }
}

function bitsSet(size: number): number {
  let count = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2;
  return count;
}
