import type { FrontierData } from '@cairn/merkle';
import type { Hash } from '@cairn/primitives';
import type { SnapshotHead } from '@cairn/protocol';
import { type BlockHeader, type CertifiedBlock, epochOfHeight, type SnapshotOffer } from '@cairn/protocol';

/** What a server reads an offer from. */
export interface OfferSource {
  readonly epochBlocks: number;
  readonly tipHeight: number;
  /** The first height whose place in the log can be proven here. */
  readonly baseHeight: number;
  /** In any order. */
  readonly snapshots: readonly SnapshotHead[];
  header(height: number): BlockHeader | null;
  note(height: number): string | null;
  certifiedBlock(height: number): CertifiedBlock | null;
  /** Of the log over the first `size` headers. */
  frontier(size: number): FrontierData;
  consistency(sizes: { readonly firstSize: number; readonly secondSize: number }): readonly Hash[];
}

/**
 * The newest completed snapshot with its proofs, for one who trusts the checkpoint of `treeSize`.
 * @returns null when there is none, or when the asker's checkpoint lies outside of what is known here.
 */
export function snapshotOffer(source: OfferSource, treeSize: number): SnapshotOffer | null {
  const { epochBlocks, tipHeight, baseHeight } = source;
  const isKnown = treeSize >= 2 && treeSize > baseHeight && treeSize <= tipHeight + 1;
  const trustedHeader = isKnown ? source.header(treeSize - 1) : null;
  if (trustedHeader === null) return null;
  const endOf = (height: number) => (epochOfHeight(height, epochBlocks) + 1) * epochBlocks;
  const complete = source.snapshots.filter(({ manifest }) => endOf(manifest.height) <= tipHeight);
  const [newest] = complete.sort((a, b) => b.manifest.height - a.manifest.height);
  if (newest === undefined) return null;
  const { height } = newest.manifest;
  const certified = source.certifiedBlock(height);
  const endHeader = source.header(endOf(height));
  const endNote = source.note(endOf(height));
  // What was pruned cannot be offered.
  if (certified === null || endHeader === null || endNote === null) return null;
  const endSize = endOf(height) + 1;
  const [firstSize, secondSize] = treeSize < endSize ? [treeSize, endSize] : [endSize, treeSize];
  return {
    manifest: newest.manifest,
    manifestPath: newest.manifestPath,
    certified,
    frontier: source.frontier(height).hashes,
    endHeader,
    endNote,
    endProof: source.consistency({ firstSize: height + 1, secondSize: endSize }),
    trustedHeader,
    trustedProof: source.consistency({ firstSize, secondSize }),
  };
}
