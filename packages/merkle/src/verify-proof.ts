import type { Hash } from '@cairn/primitives';
import { EMPTY_ROOT, isHashText, leafHash, nodeHash, PROOF_HASHES_MAX } from './tree-hash.ts';

/** What an inclusion proof claims: `leaf` stands at `index` of the tree of `size` leaves under `root`. */
export interface InclusionClaim {
  readonly leaf: Uint8Array;
  readonly index: number;
  readonly size: number;
  readonly proof: readonly Hash[];
  readonly root: Hash;
}

/** What a consistency proof claims: the first tree's leaves are the second's first ones. */
export interface ConsistencyClaim {
  readonly firstSize: number;
  readonly firstRoot: Hash;
  readonly secondSize: number;
  readonly secondRoot: Hash;
  readonly proof: readonly Hash[];
}

/** RFC 9162 section 2.1.3.2. @returns false for anything malformed; never throws. */
export function verifyInclusion(claim: InclusionClaim): boolean {
  return verifyLeafHashInclusion({ ...claim, leafHash: leafHash(claim.leaf) });
}

/** The same for one who holds the leaf's hash. @returns false for anything malformed; never throws. */
export function verifyLeafHashInclusion(claim: Omit<InclusionClaim, 'leaf'> & { readonly leafHash: Hash }): boolean {
  const { index, size, proof, root } = claim;
  if (!isCount(index) || !isCount(size) || index >= size || !isProof(proof) || !isHashText(claim.leafHash))
    return false;
  let [fn, sn] = [index, size - 1];
  let hash = claim.leafHash;
  for (const sibling of proof) {
    if (sn === 0) return false;
    if (isOdd(fn) || fn === sn) {
      hash = nodeHash({ left: sibling, right: hash });
      while (!isOdd(fn) && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else {
      hash = nodeHash({ left: hash, right: sibling });
    }
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 && hash === root;
}

/**
 * RFC 9162 section 2.1.4.2. Equal sizes need equal roots and no proof; the empty tree is a prefix of every tree.
 * @returns false for anything malformed; never throws.
 */
export function verifyConsistency(claim: ConsistencyClaim): boolean {
  const { firstSize, firstRoot, secondSize, secondRoot, proof } = claim;
  if (!isCount(firstSize) || !isCount(secondSize) || firstSize > secondSize || !isProof(proof)) return false;
  if (!isHashText(firstRoot) || !isHashText(secondRoot)) return false;
  if (firstSize === secondSize) return proof.length === 0 && firstRoot === secondRoot;
  if (firstSize === 0) return proof.length === 0 && firstRoot === EMPTY_ROOT;
  if (proof.length === 0) return false;

  let [fn, sn] = [firstSize - 1, secondSize - 1];
  while (isOdd(fn)) [fn, sn] = [half(fn), half(sn)];
  // fn has come to 0 exactly when the first size is a power of two: then the old root is the left edge itself.
  const path = fn === 0 ? [firstRoot, ...proof] : proof;
  let first = path[0] as Hash;
  let second = first;
  for (const sibling of path.slice(1)) {
    if (sn === 0) return false;
    if (isOdd(fn) || fn === sn) {
      first = nodeHash({ left: sibling, right: first });
      second = nodeHash({ left: sibling, right: second });
      while (!isOdd(fn) && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else {
      second = nodeHash({ left: second, right: sibling });
    }
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 && first === firstRoot && second === secondRoot;
}

function isProof(proof: readonly Hash[]): boolean {
  return Array.isArray(proof) && proof.length <= PROOF_HASHES_MAX && proof.every(isHashText);
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

/** Sizes go up to 2^53, past what bit operators hold. */
function isOdd(value: number): boolean {
  return value % 2 === 1;
}

function half(value: number): number {
  return Math.floor(value / 2);
}
