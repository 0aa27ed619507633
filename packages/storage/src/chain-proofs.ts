import { type FrontierData, LogTree, MerkleTree, verifyConsistency, verifyInclusion } from '@cairn/merkle';
import { BoundedMap, CairnError, fromHex, type Hash } from '@cairn/primitives';
import { decodeHeader, encodeFeedResult, type InclusionProof } from '@cairn/protocol';
import type { ProofSource } from './chain-reads.ts';
import { checkRead } from './checked-blob.ts';

/** Many proofs are asked of the newest blocks, one after another: their trees are kept. */
const TREES_MAX = 8;

/** Inclusion and consistency proofs from what is stored. Every proof is checked before it is handed out. */
export class ChainProofs {
  readonly #source: ProofSource;
  readonly #log: LogTree;
  readonly #trees = new BoundedMap<string, MerkleTree>(TREES_MAX);

  constructor(dependencies: { readonly source: ProofSource }) {
    this.#source = dependencies.source;
    this.#log = new LogTree({ readNode: (level, index) => this.#source.logNode(level, index) });
  }

  /** Of a result in its block's results tree. @returns null unless there is such a result. @throws STORAGE_CORRUPT */
  result(place: { readonly height: number; readonly position: number }): InclusionProof | null {
    const tree = this.#tree('resultsRoot', place.height, () =>
      this.#source.blockResults(place.height).map(encodeFeedResult),
    );
    return tree === null ? null : proofOf(tree, place.position);
  }

  /** Of an accepted report's id in its block's reports tree. @returns null if there is none, or it was pruned. */
  report(place: { readonly height: number; readonly reportIndex: number }): InclusionProof | null {
    const ids = () => this.#source.reportIds(place.height)?.map((id) => fromHex(id, 32)) ?? null;
    const tree = this.#tree('reportsRoot', place.height, ids);
    return tree === null ? null : proofOf(tree, place.reportIndex);
  }

  /** Of a header in the log of `treeSize` headers. @throws STORAGE_HEIGHT_OUT_OF_RANGE, STORAGE_CORRUPT */
  header(place: { readonly height: number; readonly treeSize: number }): InclusionProof {
    const { height, treeSize } = place;
    this.#checkSize(treeSize);
    const leaf = height >= this.#source.baseHeight() && height < treeSize ? this.#source.headerBytes(height) : null;
    if (leaf === null) throw outOfRange({ height, treeSize });
    const path = this.#log.inclusionProof({ index: height, size: treeSize });
    const claim = { leaf, index: height, size: treeSize, proof: path, root: this.logRoot(treeSize) };
    checkRead(verifyInclusion(claim), `log inclusion ${height}/${treeSize}`, 'proof');
    return { index: height, size: treeSize, path };
  }

  /** That the log of `firstSize` is a prefix of that of `secondSize`. @throws STORAGE_HEIGHT_OUT_OF_RANGE, STORAGE_CORRUPT */
  consistency(sizes: { readonly firstSize: number; readonly secondSize: number }): readonly Hash[] {
    const { firstSize, secondSize } = sizes;
    this.#checkSize(secondSize);
    this.#checkSize(firstSize);
    if (firstSize > secondSize) throw outOfRange(sizes);
    const proof = this.#log.consistencyProof(sizes);
    const claim = { ...sizes, proof, firstRoot: this.logRoot(firstSize), secondRoot: this.logRoot(secondSize) };
    checkRead(verifyConsistency(claim), `log consistency ${firstSize}/${secondSize}`, 'proof');
    return proof;
  }

  /** Root over the first `size` headers. @throws STORAGE_HEIGHT_OUT_OF_RANGE */
  logRoot(size: number): Hash {
    this.#checkSize(size);
    return this.#log.root(size);
  }

  /** What is needed to append to the log of `size` headers. @throws STORAGE_HEIGHT_OUT_OF_RANGE */
  frontier(size: number): FrontierData {
    // Of the size that a snapshot begins with, the frontier below its block is here too.
    if (size !== this.#source.baseHeight()) this.#checkSize(size);
    return this.#log.frontier(size).toJSON();
  }

  #tree(field: RootField, height: number, leaves: () => Uint8Array[] | null): MerkleTree | null {
    const key = `${field} ${height}`;
    const known = this.#trees.get(key);
    if (known !== undefined) return known;
    const header = this.#source.headerBytes(height);
    if (header === null || height === 0) return null;
    const values = leaves();
    if (values === null) return null;
    const tree = new MerkleTree(values);
    checkRead(tree.root() === decodeHeader(header)[field], key, 'root');
    this.#trees.set(key, tree);
    return tree;
  }

  #checkSize(size: number): void {
    const [base, tip] = [this.#source.baseHeight(), this.#source.tip().height];
    // Of the log below the snapshot that a store began with, only the right edge is here.
    const isHere = size === 0 || (size > base && size <= tip + 1);
    if (!Number.isSafeInteger(size) || !isHere) throw outOfRange({ treeSize: size });
  }
}

type RootField = 'resultsRoot' | 'reportsRoot';

function proofOf(tree: MerkleTree, index: number): InclusionProof | null {
  if (!(Number.isSafeInteger(index) && index >= 0 && index < tree.size)) return null;
  return { index, size: tree.size, path: tree.inclusionProof(index) };
}

function outOfRange(meta: Readonly<Record<string, number>>): CairnError {
  return new CairnError('STORAGE_HEIGHT_OUT_OF_RANGE', 'the chain here does not reach so far, or begins later', meta);
}
