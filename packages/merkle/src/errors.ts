/** Every code that this package throws. Verification never throws: it answers false. */
export const MERKLE_ERRORS = {
  MERKLE_INDEX_OUT_OF_RANGE: {
    meaning: 'A proof was asked for a leaf or a size that the tree does not have.',
    remedy: 'Ask for an index below the size, and for sizes in ascending order.',
  },
  MERKLE_FRONTIER_MALFORMED: {
    meaning: 'A stored frontier has not one hash for each complete subtree of its size.',
    remedy: 'Rebuild the frontier from the stored headers, or fetch the snapshot again.',
  },
} as const;

export type MerkleErrorCode = keyof typeof MERKLE_ERRORS;
