import { createSigner, type Signer, verifySignature } from '@cairn/crypto';
import { LogFrontier } from '@cairn/merkle';
import { assert, type Hash, Rng, ZERO_HASH } from '@cairn/primitives';
import {
  type BatchBody,
  type BatchItem,
  type BlockHeader,
  batchSigningBytes,
  checkpointText,
  type DoubleBatchEvidence,
  type DoublePrepareEvidence,
  type DoubleProposalEvidence,
  encodeEvidence,
  encodeHeader,
  type FeedDefinition,
  type Genesis,
  headerHash,
  type InvalidBatchEvidence,
  type InvalidShareEvidence,
  itemIdsOf,
  itemPathOf,
  nonceCommitmentSigningBytes,
  prepareVoteSigningBytes,
  proposalSigningBytes,
  type SignedHash,
  sealBatch,
  signatureShareSigningBytes,
  signRequestHash,
} from '@cairn/protocol';
import { frostScheme, type KeyShare } from '@cairn/threshold';
import { dealShares } from '@cairn/threshold/testing';
import { authenticateBatch } from '../authenticate-batch.ts';
import { type NetworkDoor, networkDoor } from '../network-door.ts';

const AT = { epoch: 0, height: 3, view: 1 };
const HASHES = ['aa'.repeat(32), 'bb'.repeat(32)] as unknown as readonly [Hash, Hash];

/** Four members whose keys the tests hold, and what convicts them: every signature is real, and FROST is. */
export class EvidenceCourt {
  readonly genesis: Genesis;
  readonly door: NetworkDoor;
  readonly #rng: Rng;
  readonly #members: readonly Signer[];
  readonly #keyShares: readonly KeyShare[];

  constructor(seed = 5, feeds: readonly FeedDefinition[] = []) {
    this.#rng = new Rng(seed);
    this.#members = [0, 1, 2, 3].map(() => createSigner(this.#rng.bytes(32)));
    const dealt = dealShares({ threshold: 3, memberCount: 4 }, this.#rng);
    this.#keyShares = dealt.keyShares;
    this.genesis = {
      rulesVersion: 1,
      networkName: 'court',
      createdAt: 1,
      members: this.#members.map(({ publicKey }, i) => ({ name: `m${i}`, identityKey: publicKey, addresses: [] })),
      parameters: { blockIntervalMs: 100, viewTimeoutMs: 1000, viewTimeoutMsMax: 8000, epochBlocks: 10 },
      feeds,
      recoveryKeys: [],
      recoveryThreshold: 0,
      ceremonyId: ZERO_HASH,
      transcriptHash: ZERO_HASH,
      groupKey: dealt.groupKey,
      verificationShares: dealt.verificationShares,
    };
    this.door = networkDoor(this.genesis, { verify: verifySignature, scheme: frostScheme });
  }

  /** Member 2 proposes, or prepares, two blocks of view 1 of height 3. @param by who signs in its place. */
  doubleProposal(by = 2): DoubleProposalEvidence {
    const bytesOf = (blockHash: Hash) => proposalSigningBytes(this.door.networkId, { ...AT, blockHash });
    return { kind: 'double-proposal', ...AT, member: 2, ...this.#signBoth(by, bytesOf) };
  }

  doublePrepare(by = 2): DoublePrepareEvidence {
    const bytesOf = (blockHash: Hash) => prepareVoteSigningBytes(this.door.networkId, { ...AT, blockHash });
    return { kind: 'double-prepare', ...AT, member: 2, ...this.#signBoth(by, bytesOf) };
  }

  /** Member 1 seals two batches under one number. */
  doubleBatch(): DoubleBatchEvidence {
    const bytesOf = (id: Hash) => batchSigningBytes(this.door.networkId, { epoch: 0, author: 1, seq: 9, id });
    return { kind: 'double-batch', epoch: 0, member: 1, seq: 9, ...this.#signBoth(1, bytesOf) };
  }

  /** Member 1 signs a batch of these items. @returns its bytes. */
  batch(items: readonly BatchItem[], change: Partial<BatchBody> = {}): Uint8Array {
    const head = { networkId: this.door.networkId, epoch: 0, author: 1, seq: 9, baseHeight: 3 };
    return sealBatch({ ...head, items, ...change }, (bytes) => this.#sign(1, bytes)).bytes;
  }

  /** Path of an item in a batch of these. */
  pathOf(items: readonly BatchItem[], index: number): readonly Hash[] {
    return itemPathOf(items, itemIdsOf(items), index);
  }

  /** Member 1 signs a batch whose second item is no report. */
  invalidBatch(): InvalidBatchEvidence {
    const noise = (byte: number): BatchItem => ({ kind: 'report', bytes: Uint8Array.of(byte, byte) });
    const items = [{ kind: 'evidence' as const, bytes: encodeEvidence(this.doubleBatch()) }, noise(1), noise(2)];
    const result = authenticateBatch(this.batch(items), this.door);
    assert(!result.ok && result.evidence !== null, 'it convicts');
    return result.evidence;
  }

  /** Member 2's share in a session of 0, 1 and 2; spoilt or not. */
  share(isSpoilt: boolean): InvalidShareEvidence {
    const before = [1, 2, 3].reduce((log, i) => log.append(Uint8Array.of(i)), LogFrontier.empty);
    const header = this.#header(before.root());
    const { networkId } = this.door;
    const blockHash = headerHash(header);
    const log = before.append(encodeHeader(header));
    const text = { networkName: 'court', networkId, treeSize: 4, root: log.root(), headerHash: blockHash };
    const made = [0, 1, 2].map((i) => frostScheme.commitNonce(this.#keyShares[i] as KeyShare, this.#rng.bytes(64)));
    const commitments = made.map(({ commitment }, member) => ({
      member,
      ...commitment,
      signature: this.#sign(member, nonceCommitmentSigningBytes(networkId, { ...AT, ...commitment })),
    }));
    const session = frostScheme.createSession({
      message: checkpointText(text),
      groupKey: this.genesis.groupKey,
      commitments: commitments.map(({ member: index, hiding, binding }) => ({ index, hiding, binding })),
    });
    const z = session.signShare(this.#keyShares[2] as KeyShare, (made[2] as (typeof made)[number]).nonces);
    if (isSpoilt) z[0] = (z[0] as number) ^ 1;
    const requestHash = signRequestHash({ ...AT, blockHash, session: 0, commitments });
    const signed = signatureShareSigningBytes(networkId, { ...AT, signRequestHash: requestHash, z });
    const parts = { header: encodeHeader(header), frontier: before.hashes, session: 0, commitments, z };
    return { kind: 'invalid-share', ...AT, member: 2, ...parts, signature: this.#sign(2, signed) };
  }

  #header(previousLogRoot: Hash): BlockHeader {
    return {
      version: 1,
      networkId: this.door.networkId,
      height: AT.height,
      parentHash: ZERO_HASH,
      parentCertificateHash: ZERO_HASH,
      time: 7,
      leader: 0,
      epoch: 0,
      batchesRoot: ZERO_HASH,
      receiptsRoot: ZERO_HASH,
      reportsRoot: ZERO_HASH,
      resultsRoot: ZERO_HASH,
      stateHash: ZERO_HASH,
      previousLogRoot,
      committeeHash: ZERO_HASH,
      epochEnd: null,
    };
  }

  #signBoth(
    by: number,
    bytesOf: (hash: Hash) => Uint8Array,
  ): { readonly first: SignedHash; readonly second: SignedHash } {
    const [a, b] = HASHES;
    const signed = (hash: Hash) => ({ hash, signature: this.#sign(by, bytesOf(hash)) });
    return { first: signed(a), second: signed(b) };
  }

  #sign(by: number, bytes: Uint8Array) {
    return (this.#members[by] as Signer).sign(bytes);
  }
}
