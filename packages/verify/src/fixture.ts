import { createSigner, type Signer, sha256Hash } from '@cairn/crypto';
import { LogTree, leafHash, MerkleTree, merkleRoot } from '@cairn/merkle';
import { fromHex, type Hash, type PublicKey, Rng, toHash, toPublicKey, ZERO_HASH } from '@cairn/primitives';
import {
  type Attestation,
  type AttestationAnchor,
  type AttestationSubject,
  type BlockHeader,
  checkpointText,
  encodeCheckpointNote,
  encodeFeedResult,
  encodeGenesis,
  encodeHeader,
  type FeedDefinition,
  type FeedResult,
  type Genesis,
  genesisHeader,
  headerHash,
  networkIdOf,
  type ReportPayload,
  signReport,
} from '@cairn/protocol';
import { channelFixture, feedFixture as openFeed } from '@cairn/protocol/testing';

/**
 * A whole small network for tests: its genesis, group key, devices, and a log of signed headers. A plain Ed25519 key
 * stands for the group's, which no verifier can tell apart. Never part of a product: the seeds are public.
 */
export interface NetworkFixture {
  readonly genesis: Genesis;
  readonly genesisBytes: Uint8Array;
  readonly networkId: Hash;
  readonly groupKey: PublicKey;
  readonly group: Signer;
  readonly device: Signer;
  /** Headers 0 .. blockCount; every block holds three results and three reports. */
  readonly headers: readonly BlockHeader[];
  note(treeSize: number): string;
  consistencyProof(firstSize: number, secondSize: number): Hash[];
  /** @returns the attestation of result or report `index` of block `height`, anchored at `anchoredSize` when given. */
  attestation(options?: AttestationOptions): Attestation;
}

/** All have defaults: every one that a test sets matters to it. */
export interface AttestationOptions {
  readonly kind?: AttestationSubject['kind'];
  readonly height?: number;
  readonly index?: number;
  readonly anchoredSize?: number | null;
}

export const FIXTURE_TIME = 1_700_000_000_000;
const WINDOW_MS = 60_000;
const SUBJECTS_PER_BLOCK = 3;

/** One network per seed; equal seeds give equal bytes. */
export function networkFixture(options: { readonly seed?: number; readonly blockCount?: number } = {}): NetworkFixture {
  const rng = new Rng(options.seed ?? 1);
  const group = createSigner(rng.bytes(32));
  const device = createSigner(rng.bytes(32));
  const genesis = genesisFixture(rng, group.publicKey);
  const networkId = networkIdOf(genesis);
  const subjects = subjectsOf(networkId, device);
  const headers = chainOf(genesis, options.blockCount ?? 12, (height) => ({
    resultsRoot: merkleRoot(subjects('result', height).map(({ leaf }) => leaf)),
    reportsRoot: merkleRoot(subjects('report', height).map(({ leaf }) => leaf)),
  }));
  const log = new MerkleTree(headers.map(encodeHeader));
  const tree = new LogTree({ readNode: (level, index) => log.node(level, index) });
  const note = (treeSize: number) => {
    const headerHashHex = headerHash(headers[treeSize - 1] as BlockHeader);
    const { networkName } = genesis;
    const checkpoint = { networkName, networkId, treeSize, root: tree.root(treeSize), headerHash: headerHashHex };
    return encodeCheckpointNote(checkpoint, group.publicKey, group.sign(checkpointText(checkpoint)));
  };
  const anchorOf = (height: number, size: number): AttestationAnchor => ({
    checkpoint: note(size),
    proof: { index: height, size, path: tree.inclusionProof({ index: height, size }) },
    ...CHAIN_CLAIMS,
  });
  return {
    genesis,
    genesisBytes: encodeGenesis(genesis),
    networkId,
    groupKey: group.publicKey,
    group,
    device,
    headers,
    note,
    consistencyProof: (firstSize, secondSize) => tree.consistencyProof({ firstSize, secondSize }),
    attestation: ({ kind = 'result', height = 5, index = 1, anchoredSize = headers.length } = {}) => {
      const all = subjects(kind, height);
      const leaves = new MerkleTree(all.map(({ leaf }) => leaf));
      return {
        version: 1,
        networkName: genesis.networkName,
        networkId,
        groupKey: group.publicKey,
        subject: (all[index] as SubjectLeaf).subject,
        inclusion: { index, size: leaves.size, path: leaves.inclusionProof(index) },
        header: encodeHeader(headers[height] as BlockHeader),
        checkpoint: note(height + 1),
        anchor: anchoredSize === null ? null : anchorOf(height, anchoredSize),
      };
    },
  };
}

const CHAIN_CLAIMS = {
  chain: 'EtWTRABZaYq6iMfeYKouRu166VU2xqa1wcaWoxPkrZBG',
  slot: 123_456,
  blockTime: FIXTURE_TIME,
  transaction: '5VERv8NMvzbJMEkV8xnrLkEaWRtSz9CosKDYjCJjBRnbJLgp8uirBgmQpjKhoR4tjF3ZpRzrFmBV6UjKdiSZkQUW',
};

interface SubjectLeaf {
  readonly subject: AttestationSubject;
  readonly leaf: Uint8Array;
}

function subjectsOf(networkId: Hash, signer: Signer) {
  return (kind: AttestationSubject['kind'], height: number): SubjectLeaf[] =>
    Array.from({ length: SUBJECTS_PER_BLOCK }, (_, index) => {
      if (kind === 'result') {
        const result = resultFixture(height, index);
        return { subject: { kind, result }, leaf: encodeFeedResult(result) };
      }
      const report = signReport(payloadFixture(height, index), { networkId, signer });
      return { subject: { kind, report }, leaf: fromHex(sha256Hash(report)) };
    });
}

/** A feed of particulate matter in tenths of ug/m3. */
export function feedFixture(over: Partial<FeedDefinition> = {}): FeedDefinition {
  return openFeed({
    title: 'Particulate matter',
    channels: [channelFixture({ aggregates: ['median', 'mean'] })],
    windowMs: WINDOW_MS,
    madFactorMilli: 3000,
    open: true,
    ...over,
  });
}

function genesisFixture(rng: Rng, groupKey: PublicKey): Genesis {
  return {
    rulesVersion: 1,
    networkName: 'fixture',
    createdAt: FIXTURE_TIME,
    members: [0, 1, 2, 3].map((index) => ({
      name: `node-${index}`,
      identityKey: createSigner(rng.bytes(32)).publicKey,
      addresses: [`/ip4/127.0.0.1/tcp/${4000 + index}`],
    })),
    parameters: { blockIntervalMs: 500, viewTimeoutMs: 1000, viewTimeoutMsMax: 8000, epochBlocks: 100 },
    feeds: [feedFixture()],
    recoveryKeys: [],
    recoveryThreshold: 0,
    ceremonyId: toHash(rng.bytes(32)),
    transcriptHash: toHash(rng.bytes(32)),
    groupKey,
    verificationShares: [0, 1, 2, 3].map(() => toPublicKey(rng.bytes(32))),
  };
}

/** A result of window `index` closed by block `height`; one aggregate is past 2^53, as JSON must carry it in text. */
export function resultFixture(height: number, index: number): FeedResult {
  const windowStart = FIXTURE_TIME + (height * SUBJECTS_PER_BLOCK + index) * WINDOW_MS;
  return {
    feed: 'air',
    group: index === 2 ? '8928308280fffff' : '',
    windowStart,
    windowEnd: windowStart + WINDOW_MS,
    status: 'final',
    open: true,
    reports: 40 + index,
    devices: 11,
    filtered: 2,
    channels: [
      {
        name: 'pm25',
        exponent: -1,
        count: 38 + index,
        filtered: 2,
        aggregates: [
          { kind: 'median', code: 'ok', value: 87n },
          { kind: 'min', code: 'ok', value: -3n },
          { kind: 'sum', code: 'ok', value: 2n ** 60n },
          { kind: 'mean', code: 'overflow', value: 0n },
        ],
      },
    ],
  };
}

/** A reading of three channels, in a cell. */
export function payloadFixture(height: number, index: number): ReportPayload {
  return {
    feed: 'air',
    seq: height * SUBJECTS_PER_BLOCK + index,
    observedAt: FIXTURE_TIME + height * 1000 + index,
    values: [87 + index, -5, 0],
    cell: 0x8928308280fffffn,
  };
}

function chainOf(
  genesis: Genesis,
  blockCount: number,
  roots: (height: number) => Pick<BlockHeader, 'resultsRoot' | 'reportsRoot'>,
): BlockHeader[] {
  const headers = [genesisHeader(genesis)];
  for (let height = 1; height <= blockCount; height++) {
    const parent = headers[height - 1] as BlockHeader;
    headers.push({
      ...parent,
      height,
      parentHash: headerHash(parent),
      time: FIXTURE_TIME + height * WINDOW_MS * SUBJECTS_PER_BLOCK,
      leader: height % 4,
      previousLogRoot: merkleRoot(headers.map(encodeHeader)),
      stateHash: leafHash(encodeHeader(parent)),
      // Every third block of the fixture ends an epoch, so that both header lengths occur.
      epochEnd:
        height % 3 === 0
          ? { snapshotRoot: ZERO_HASH, rewardsRoot: ZERO_HASH, nextCommitteeHash: parent.committeeHash }
          : null,
      ...roots(height),
    });
  }
  return headers;
}
