import { createSigner, type Signer, verifySignature } from '@cairn/crypto';
import { fromHex, Rng, toPublicKey, ZERO_HASH } from '@cairn/primitives';
import {
  BATCH_ITEMS_MAX,
  type Batch,
  type BatchItem,
  type BlockStatement,
  type CertifiedBlock,
  checkpointText,
  type Genesis,
  type PrepareCertificate,
  prepareVoteSigningBytes,
  registrationCodec,
  sealBatch,
  signReport,
} from '@cairn/protocol';
import { feedFixture } from '@cairn/protocol/testing';
import { frostScheme } from '@cairn/threshold';
import { toPoolBatch } from '../batch-pool.ts';
import { Chain, type ExecutedBlock } from '../chain.ts';
import { commitCertified } from '../follow-certified.ts';
import { type NetworkDoor, networkDoor } from '../network-door.ts';
import type { Commit } from '../step.ts';

export interface CertifiedChainOptions {
  readonly seed: number;
  readonly memberCount: number;
  readonly deviceCount: number;
  readonly startMs: number;
  readonly blockMs: number;
  readonly windowMs: number;
  readonly networkName: string;
  readonly epochBlocks: number;
}

const defaultCertifiedChainOptions: CertifiedChainOptions = {
  seed: 1,
  memberCount: 4,
  deviceCount: 3,
  startMs: 1_700_000_040_000,
  blockMs: 1000,
  windowMs: 2000,
  networkName: 'fixture',
  epochBlocks: 1000,
};

const REGISTRATIONS_PER_BLOCK = 250;

/**
 * A whole network in one hand, for tests: every signature in its chain is real. A plain Ed25519 key stands for the
 * group's, which no verifier can tell apart. Block 1 registers the devices (so do the next ones, where they are many); every later one carries a report of each.
 */
export class CertifiedChain {
  readonly genesis: Genesis;
  readonly chain: Chain;
  readonly commits: Commit[] = [];
  readonly members: readonly Signer[];
  readonly devices: readonly Signer[];
  readonly group: Signer;
  readonly registrar: Signer;
  readonly #options: CertifiedChainOptions;
  #batchSeq = 0;

  constructor(options: Partial<CertifiedChainOptions> = {}) {
    this.#options = { ...defaultCertifiedChainOptions, ...options };
    const rng = new Rng(this.#options.seed);
    const signers = (count: number) => Array.from({ length: count }, () => createSigner(rng.bytes(32)));
    this.members = signers(this.#options.memberCount);
    this.devices = signers(this.#options.deviceCount);
    [this.group, this.registrar] = signers(2) as [Signer, Signer];
    this.genesis = this.#genesis();
    this.chain = new Chain({ genesis: this.genesis });
  }

  get height(): number {
    return this.chain.tip.header.height;
  }

  get time(): number {
    return this.#options.startMs + this.height * this.#options.blockMs;
  }

  /** Certifies one more block: with these batches, or with one of fresh reports. */
  grow(batches: readonly Batch[] = [this.batch(this.#freshItems())]): Commit {
    const { executed, certified } = this.certify(batches);
    const commit = commitCertified(this.chain, executed, certified);
    this.commits.push(commit);
    return commit;
  }

  growTo(height: number): readonly Commit[] {
    while (this.height < height) this.grow();
    return this.commits;
  }

  /** A certified block of the next height that is not committed: for forks and other crimes. */
  certify(batches: readonly Batch[]): { readonly executed: ExecutedBlock; readonly certified: CertifiedBlock } {
    const height = this.chain.nextHeight;
    const time = this.#options.startMs + height * this.#options.blockMs;
    const pool = batches.map((batch) => toPoolBatch(batch, this.chain.networkId));
    const executed = this.chain.build(pool, { leader: height % this.members.length, time });
    const text = checkpointText(this.chain.checkpointOf(executed.block));
    const certified = {
      block: executed.block,
      certificate: this.#certificate(executed),
      groupSignature: this.group.sign(text),
    };
    return { executed, certified };
  }

  /** A batch of these items, signed by member 1. */
  batch(items: readonly BatchItem[], author = 1): Batch {
    const { networkId } = this.chain;
    const body = {
      networkId,
      epoch: this.chain.nextEpoch,
      author,
      seq: this.#batchSeq++,
      baseHeight: this.height,
      items,
    };
    return sealBatch(body, (this.members[author] as Signer).sign);
  }

  /** A report of device `index` with this reading. */
  report(index: number, value: number, observedAt: number = this.time): BatchItem {
    const payload = { feed: 'air', seq: this.height, observedAt, values: [value] };
    const by = { networkId: this.chain.networkId, signer: this.devices[index] as Signer };
    return { kind: 'report', bytes: signReport(payload, by) };
  }

  /** Votes of a quorum, members 0 and up. */
  votesFor(statement: BlockStatement): PrepareCertificate['votes'] {
    const bytes = prepareVoteSigningBytes(this.chain.networkId, statement);
    return this.members
      .slice(0, this.chain.quorum.certified)
      .map((signer, member) => ({ member, signature: signer.sign(bytes) }));
  }

  #freshItems(): BatchItem[] {
    const from = this.height * REGISTRATIONS_PER_BLOCK;
    const unknown = this.devices.slice(from, from + REGISTRATIONS_PER_BLOCK);
    if (unknown.length > 0) return unknown.map((device) => this.#registration(device));
    return this.devices.slice(0, BATCH_ITEMS_MAX).map((_, index) => this.report(index, 100 + index));
  }

  #registration(device: Signer): BatchItem {
    const body = {
      device: device.publicKey,
      feeds: ['air'],
      owner: toPublicKey('11'.repeat(32)),
      cell: null,
      notBefore: 0,
      notAfter: 2 * this.#options.startMs,
      issuedAt: this.#options.startMs,
    };
    const signature = this.registrar.sign(registrationCodec.signingBytes(this.chain.networkId, body));
    const bytes = registrationCodec.encode({ body, signer: this.registrar.publicKey, signature });
    return { kind: 'registration', bytes };
  }

  #certificate(executed: ExecutedBlock): PrepareCertificate {
    const { height, epoch } = executed.block.header;
    const statement = { epoch, height, view: 0, blockHash: executed.hash };
    const votes = this.votesFor(statement);
    return { ...statement, votes };
  }

  #genesis(): Genesis {
    const { startMs, networkName, epochBlocks, windowMs } = this.#options;
    return {
      rulesVersion: 1,
      networkName,
      createdAt: startMs,
      members: this.members.map(({ publicKey }, i) => ({ name: `member-${i}`, identityKey: publicKey, addresses: [] })),
      parameters: { blockIntervalMs: 100, viewTimeoutMs: 1000, viewTimeoutMsMax: 8000, epochBlocks },
      feeds: [feedFixture({ windowMs, graceMs: 0, registrars: [this.registrar.publicKey] })],
      recoveryKeys: [],
      recoveryThreshold: 0,
      ceremonyId: ZERO_HASH,
      transcriptHash: ZERO_HASH,
      groupKey: this.group.publicKey,
      verificationShares: this.members.map(({ publicKey }) => publicKey),
    };
  }
}

/** What certificates and batches of that chain are checked with. */
export function doorOf(chain: Chain): NetworkDoor {
  return networkDoor(chain.genesis, { verify: verifySignature, scheme: frostScheme });
}

/** The same signature with one bit of it turned. */
export function spoilt<T extends string>(hex: T): T {
  const bytes = fromHex(hex);
  bytes[40] = (bytes[40] as number) ^ 1;
  return Buffer.from(bytes).toString('hex') as T;
}
