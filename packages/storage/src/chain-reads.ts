import type { FrontierData } from '@cairn/merkle';
import type { Hash, MemberIndex, UnixMs } from '@cairn/primitives';
import type {
  Batch,
  BlockHeader,
  CertifiedBlock,
  EvidenceKind,
  FeedResult,
  Receipt,
  ReceiptCode,
  ResultKey,
  SnapshotHead,
} from '@cairn/protocol';
import type { SnapshotMark } from '@cairn/replica';

/** The last certified block; height 0 is the genesis header. */
export interface ChainTip {
  readonly height: number;
  readonly blockHash: Hash;
}

/** A certified block as a peer gets it: its own bytes and those of its batches, in the block's order. */
export interface EncodedBlock {
  readonly height: number;
  readonly certified: Uint8Array;
  readonly batches: readonly Uint8Array[];
}

export interface HeightRange {
  readonly fromHeight: number;
  /** Included. */
  readonly toHeight: number;
  /** Blocks are added while they fit; the first one is given even if it alone does not. */
  readonly bytesMax: number;
}

/** A result with its place: leaf `position` of the results tree of block `height`. */
export interface StoredResult {
  readonly height: number;
  readonly position: number;
  readonly result: FeedResult;
}

/** The results of one feed and one of its groups ('' where it has none). */
export interface ResultSeries {
  readonly feed: string;
  readonly group: string;
}

/** from <= windowStart < to. The next page ends where the last result of this one starts. */
export interface ResultQuery extends ResultSeries {
  readonly from?: UnixMs;
  readonly to?: UnixMs;
  readonly limit: number;
}

/** Groups of a feed in the order of their names after `afterGroup`; null: from the first. */
export interface GroupQuery {
  readonly feed: string;
  readonly afterGroup: string | null;
  readonly limit: number;
}

export interface FeedGroup {
  readonly feed: string;
  readonly group: string;
  readonly results: number;
  readonly latestWindow: UnixMs;
}

/** Where an item stands in the chain. */
export interface CertifiedFate {
  readonly kind: 'certified';
  readonly height: number;
  readonly code: ReceiptCode;
  /** Leaf of the reports tree; null unless it is an accepted report. */
  readonly reportIndex: number | null;
  /** Where its bytes stand; null when the block was pruned. */
  readonly place: { readonly batchId: Hash; readonly item: number } | null;
}

/** Misbehaviour that the chain accepted as proven (protocol section 5.6). */
export interface StoredEvidence {
  readonly id: Hash;
  /** Of the block that holds it. */
  readonly height: number;
  readonly member: MemberIndex;
  readonly kind: EvidenceKind;
  readonly bytes: Uint8Array;
}

/** Newest first, beginning behind the one named `before`; null: with the newest. */
export interface EvidenceQuery {
  readonly before: Hash | null;
  readonly limit: number;
}

/** What proofs are made from. Each method answers null for what was pruned or never was. */
export interface ProofSource {
  tip(): ChainTip;
  headerBytes(height: number): Uint8Array | null;
  note(height: number): string | null;
  reportIds(height: number): readonly Hash[] | null;
  blockResults(height: number): readonly FeedResult[];
  /** The first height whose log nodes are all here: 0, unless the store was begun from a snapshot. */
  baseHeight(): number;
  /** Hash of a complete subtree of the log. @throws STORAGE_CORRUPT when it is not there. */
  logNode(level: number, index: number): Hash;
}

/** Everything that can be asked of a stored chain. All that is read is checked. @throws STORAGE_CORRUPT, STORAGE_IO_INVALID */
export interface ChainReads extends ProofSource {
  /** Of the log over headers 0 .. tip. */
  frontier(): FrontierData;
  header(height: number): BlockHeader | null;
  heightOf(blockHash: Hash): number | null;
  certifiedBlock(height: number): CertifiedBlock | null;
  /** Ends before the first height that is not there. */
  certifiedRange(range: HeightRange): readonly EncodedBlock[];
  batch(id: Hash): Batch | null;
  batchBytes(id: Hash): Uint8Array | null;
  receipts(height: number): readonly Receipt[] | null;
  certifiedFate(id: Hash): CertifiedFate | null;
  /** Bytes of an item that stands in the chain. */
  itemBytes(id: Hash): Uint8Array | null;
  result(key: ResultKey): StoredResult | null;
  /** Newest first. */
  results(query: ResultQuery): readonly StoredResult[];
  /** The result whose window holds that time. */
  resultAt(query: ResultSeries & { readonly at: UnixMs }): StoredResult | null;
  /** The first one whose window starts after that time. */
  resultAfter(query: ResultSeries & { readonly after: UnixMs }): StoredResult | null;
  /** Results of all feeds behind a place, in the order of the chain. */
  resultsBehind(query: {
    readonly height: number;
    readonly position: number;
    readonly limit: number;
  }): readonly StoredResult[];
  /** Of each group of a feed the result of the latest window. */
  latestResults(query: GroupQuery): readonly StoredResult[];
  groups(query: GroupQuery): readonly FeedGroup[];
  evidence(query: EvidenceQuery): readonly StoredEvidence[];
  evidenceById(id: Hash): StoredEvidence | null;
  /** In ascending order of the keys' UTF-8 bytes. */
  ledgerEntries(): Iterable<{ readonly key: string; readonly value: Uint8Array }>;
  /** The last completed snapshot and the one in the making, newest first. */
  snapshots(): readonly SnapshotHead[];
  /** A chunk as it is sent: an encoded SnapshotChunk. */
  snapshotChunk(height: number, index: number): Uint8Array | null;
  /** Blocks below it, but above 0, have lost all but header, note and results. */
  prunedBelow(): number;
}

/** @returns which snapshot was taken last: what a chain needs of it to go on. */
export function newestSnapshot(chain: Pick<ChainReads, 'snapshots'>): SnapshotMark | null {
  const [newest] = chain.snapshots();
  return newest === undefined ? null : { height: newest.manifest.height, root: newest.root };
}
