import { sha256Hash } from '@cairn/crypto';
import { LogFrontier, MerkleTree, merkleRoot } from '@cairn/merkle';
import { fromHex, type Hash, Rng, toHash, toPublicKey, toSignature, utf8, ZERO_HASH } from '@cairn/primitives';
import {
  type Batch,
  type BatchBody,
  type BatchItem,
  type Block,
  type BlockHeader,
  blockHash,
  encodeBlock,
  encodeCheckpointNote,
  encodeFeedResult,
  encodeHeader,
  encodeReceipt,
  encodeSnapshotManifest,
  type FeedResult,
  type Genesis,
  genesisHeader,
  networkIdOf,
  type PrepareCertificate,
  prepareCertificateHash,
  type Receipt,
  type ReceiptCode,
  type StateSnapshot,
  sealBatch,
} from '@cairn/protocol';
import type { Commit, PendingItem } from '@cairn/replica';

export interface ChainFixtureOptions {
  readonly seed: number;
  readonly batchesPerBlock: number;
  readonly itemsPerBatch: number;
  readonly itemBytes: number;
  readonly resultsPerBlock: number;
  readonly writesPerBlock: number;
}

const defaultChainFixtureOptions: ChainFixtureOptions = {
  seed: 1,
  batchesPerBlock: 2,
  itemsPerBatch: 3,
  itemBytes: 60,
  resultsPerBlock: 2,
  writesPerBlock: 3,
};

const START_MS = 1_700_000_000_000;
const WINDOW_MS = 60_000;

/** Network of four members whose signatures nobody checks: a store checks hashes only. */
export function fixtureGenesis(networkName = 'storage-test'): Genesis {
  const rng = new Rng(7);
  const key = () => toPublicKey(rng.bytes(32));
  return {
    rulesVersion: 1,
    networkName,
    createdAt: START_MS,
    members: [0, 1, 2, 3].map((index) => ({ name: `member-${index}`, identityKey: key(), addresses: [] })),
    parameters: { blockIntervalMs: 100, viewTimeoutMs: 1000, viewTimeoutMsMax: 8000, epochBlocks: 1000 },
    feeds: [],
    recoveryKeys: [],
    recoveryThreshold: 0,
    ceremonyId: ZERO_HASH,
    transcriptHash: ZERO_HASH,
    groupKey: key(),
    verificationShares: [key(), key(), key(), key()],
  };
}

/**
 * Grows a chain whose hashes, roots and notes all fit, and whose signatures are random: for tests of whatever keeps
 * blocks. Every fourth item is refused, all others are accepted reports.
 */
export class ChainFixture {
  readonly genesis: Genesis;
  readonly networkId: Hash;
  readonly commits: Commit[] = [];
  readonly rng: Rng;
  readonly #options: ChainFixtureOptions;
  #frontier: LogFrontier;
  #seq = 0;

  constructor(options: Partial<ChainFixtureOptions> = {}, genesis: Genesis = fixtureGenesis()) {
    this.#options = { ...defaultChainFixtureOptions, ...options };
    this.rng = new Rng(this.#options.seed);
    this.genesis = genesis;
    this.networkId = networkIdOf(genesis);
    this.#frontier = LogFrontier.empty.append(encodeHeader(genesisHeader(genesis)));
  }

  get height(): number {
    return this.commits.length;
  }

  item(bytes: number = this.#options.itemBytes): PendingItem {
    const value = this.rng.bytes(bytes);
    return { id: sha256Hash(value), kind: 'report', bytes: value };
  }

  /** A batch that begins its life at the tip. */
  batch(change: Partial<BatchBody> = {}): Batch {
    const items: BatchItem[] = Array.from({ length: this.#options.itemsPerBatch }, () => this.item()).map(
      ({ kind, bytes }) => ({ kind, bytes }),
    );
    const { networkId, height: baseHeight } = this;
    const body: BatchBody = { networkId, epoch: 0, author: 1, seq: this.#seq++, baseHeight, items, ...change };
    const batch = sealBatch(body, () => this.signature());
    // as a plain array, so that it equals what a store reads back
    return { ...batch, bytes: Uint8Array.from(batch.bytes) };
  }

  signature() {
    return toSignature(this.rng.bytes(64));
  }

  /** An uncertified block for the next height. */
  candidate(view = 0): { readonly view: number; readonly hash: Hash; readonly block: Uint8Array } {
    const block = this.#block({ batches: [], receipts: [], reports: [], results: [], leader: view % 4 });
    return { view, hash: blockHash(block), block: encodeBlock(block) };
  }

  certificate(hash: Hash, view: number, height: number = this.height + 1): PrepareCertificate {
    const votes = [0, 1, 2].map((member) => ({ member, signature: this.signature() }));
    return { epoch: 0, height, view, blockHash: hash, votes };
  }

  /** Certifies one more block with these batches, or with fresh ones. */
  grow(batches: readonly Batch[] = this.#freshBatches()): Commit {
    const receipts = batches.flatMap((batch) => batch.items).map(toReceipt);
    const items = batches.flatMap((batch) => batch.items);
    const isReport = (index: number) => items[index]?.kind === 'report';
    const reports = receipts.filter(({ code }, i) => code === 'accepted' && isReport(i)).map(({ id }) => id);
    const height = this.height + 1;
    const results = Array.from({ length: this.#options.resultsPerBlock }, (_, i) => fixtureResult(height, i));
    const block = this.#block({ batches, receipts, reports, results, leader: 0 });
    const hash = blockHash(block);
    this.#frontier = this.#frontier.append(encodeHeader(block.header));
    const logRoot = this.#frontier.root();
    const groupSignature = this.signature();
    const checkpoint = { ...this.genesis, networkId: this.networkId, treeSize: height + 1, root: logRoot };
    const commit: Commit = {
      height,
      blockHash: hash,
      certified: { block, certificate: this.certificate(hash, 0, height), groupSignature },
      batches,
      receipts,
      acceptedReports: reports,
      results,
      writes: this.#writes(height),
      logRoot,
      note: encodeCheckpointNote({ ...checkpoint, headerHash: hash }, this.genesis.groupKey, groupSignature),
      snapshot: height % SNAPSHOT_EVERY === 1 ? fixtureSnapshot(block.header) : null,
    };
    this.commits.push(commit);
    return commit;
  }

  growTo(height: number): readonly Commit[] {
    while (this.height < height) this.grow();
    return this.commits;
  }

  #freshBatches(): Batch[] {
    return Array.from({ length: this.#options.batchesPerBlock }, () => this.batch());
  }

  /** Some keys are written again and again, one is deleted in every block. */
  #writes(height: number): Commit['writes'] {
    const puts = Array.from({ length: this.#options.writesPerBlock }, (_, i) => ({
      key: i === 0 ? 'device/every-block' : `device/${height % 10}/${i}`,
      value: this.rng.bytes(40),
    }));
    return [...puts, { key: `gone/${height - 1}`, value: null }, { key: `gone/${height}`, value: utf8('x') }];
  }

  #block(parts: BlockParts): Block {
    const parent = this.commits.at(-1)?.certified ?? null;
    const parentHeader = parent?.block.header ?? genesisHeader(this.genesis);
    const ids = parts.batches.map((batch) => batch.id);
    const header: BlockHeader = {
      version: 1,
      networkId: this.networkId,
      height: this.height + 1,
      parentHash: this.commits.at(-1)?.blockHash ?? sha256Hash(encodeHeader(parentHeader)),
      parentCertificateHash: parent === null ? ZERO_HASH : prepareCertificateHash(parent.certificate),
      time: parentHeader.time + 1000,
      leader: parts.leader,
      epoch: 0,
      batchesRoot: merkleRoot(ids.map((id) => fromHex(id))),
      receiptsRoot: merkleRoot(parts.receipts.map(encodeReceipt)),
      reportsRoot: merkleRoot(parts.reports.map((id) => fromHex(id))),
      resultsRoot: merkleRoot(parts.results.map(encodeFeedResult)),
      stateHash: toHash(this.rng.bytes(32)),
      previousLogRoot: this.#frontier.root(),
      committeeHash: parentHeader.committeeHash,
      epochEnd: null,
    };
    return { header, batchIds: ids, parentCertificate: parent?.certificate ?? null };
  }
}

interface BlockParts {
  readonly batches: readonly Batch[];
  readonly receipts: readonly Receipt[];
  readonly reports: readonly Hash[];
  readonly results: readonly FeedResult[];
  readonly leader: number;
}

function toReceipt(item: BatchItem, index: number): Receipt {
  const code: ReceiptCode = index % 4 === 3 ? 'stale' : 'accepted';
  return { id: sha256Hash(item.bytes), code };
}

/** Window `height` of group `g<index>`. */
export function fixtureResult(height: number, index: number): FeedResult {
  const windowStart = START_MS + height * WINDOW_MS;
  return {
    feed: 'air',
    group: `g${index}`,
    windowStart,
    windowEnd: windowStart + WINDOW_MS,
    status: 'final',
    open: false,
    reports: 5,
    devices: 4,
    filtered: 1,
    channels: [
      {
        name: 'pm25',
        exponent: -1,
        count: 4,
        filtered: 1,
        aggregates: [{ kind: 'median', code: 'ok', value: BigInt(height * 10 + index) }],
      },
    ],
  };
}

const SNAPSHOT_EVERY = 4;

/** Three chunks whose paths fit; their content is of no meaning. */
function fixtureSnapshot({ height, time, stateHash }: BlockHeader): StateSnapshot {
  const chunks = [0, 1, 2].map((index) => utf8(`chunk ${index} of ${height}`));
  const manifest = { height, time, stateHash, chunkCount: chunks.length };
  const tree = new MerkleTree([encodeSnapshotManifest(manifest), ...chunks]);
  return {
    manifest,
    manifestPath: tree.inclusionProof(0),
    root: tree.root(),
    chunks: chunks.map((bytes, index) => ({ index, bytes, path: tree.inclusionProof(index + 1) })),
  };
}
