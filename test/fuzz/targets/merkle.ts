import {
  consistencyProof,
  inclusionProof,
  LogFrontier,
  merkleRoot,
  verifyConsistency,
  verifyInclusion,
} from '@cairn/merkle';
import { type Rng, utf8 } from '@cairn/primitives';
import { inputsFrom } from '../inputs/input-source.ts';
import { Broken, isAccepted, stateless, type Target } from '../target.ts';

const leavesOf = (count: number) => Array.from({ length: count }, (_, i) => Uint8Array.of(i, i >> 8));
const LEAVES = leavesOf(40);

/** Honest claims about parts of one tree, as documents. */
function inclusionClaim(rng: Rng): Uint8Array {
  const size = rng.integer(1, LEAVES.length);
  const index = rng.integer(0, size - 1);
  const leaves = LEAVES.slice(0, size);
  return utf8(
    JSON.stringify({ index, size, proof: inclusionProof(leaves, index), root: merkleRoot(leaves), leaf: index }),
  );
}

function consistencyClaim(rng: Rng): Uint8Array {
  const secondSize = rng.integer(1, LEAVES.length);
  const firstSize = rng.integer(0, secondSize);
  const leaves = LEAVES.slice(0, secondSize);
  return utf8(
    JSON.stringify({
      firstSize,
      firstRoot: merkleRoot(leaves.slice(0, firstSize)),
      secondSize,
      secondRoot: merkleRoot(leaves),
      proof: consistencyProof(leaves, firstSize),
    }),
  );
}

function frontier(rng: Rng): Uint8Array {
  let log = LogFrontier.empty;
  for (let i = rng.integer(0, 70); i > 0; i--) log = log.append(Uint8Array.of(i));
  return utf8(JSON.stringify(log));
}

/** Claims are documents of others: whatever their fields hold, the answer is yes or no. */
export const targets: readonly Target[] = [
  stateless('merkle/inclusion', () => ({
    generate: inputsFrom('json', inclusionClaim),
    take: (input) => {
      const claim = objectOf(input);
      // a byte, whatever was there
      const leaf = Number(claim.leaf) & 255;
      const isProven = verifyInclusion({ ...(claim as never as Claim), leaf: Uint8Array.of(leaf, 0) });
      if (isProven && !isInTree(claim, leaf)) throw new Broken('a leaf is proven where it does not stand');
      return isProven;
    },
  })),
  stateless('merkle/consistency', () => ({
    generate: inputsFrom('json', consistencyClaim),
    take: (input) => verifyConsistency(objectOf(input) as never),
  })),
  stateless('merkle/frontier', () => ({
    generate: inputsFrom('json', frontier),
    take: (input) =>
      isAccepted(() => {
        const log = LogFrontier.restore(objectOf(input) as never);
        log.root();
        if (log.size < Number.MAX_SAFE_INTEGER) log.append(input);
      }),
  })),
];

type Claim = Parameters<typeof verifyInclusion>[0];

/** Of the trees that honest claims are about; others have roots that nobody here knows. */
function isInTree({ index, size, root }: Record<string, unknown>, leaf: number): boolean {
  const leaves = LEAVES.slice(0, Number(size));
  return size === leaves.length && root === merkleRoot(leaves) ? index === leaf : true;
}

function objectOf(input: Uint8Array): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(input).toString());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
