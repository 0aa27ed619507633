/** Seeded values of every noun on the wire: equal seeds give equal values, on every machine. */
import { createSigner } from '@cairn/crypto';
import {
  type Hash,
  type MemberIndex,
  type PublicKey,
  type Rng,
  type Signature,
  toHash,
  toPublicKey,
  toSignature,
} from '@cairn/primitives';
import {
  AGGREGATE_CODES,
  AGGREGATE_KINDS,
  type Attestation,
  type BatchBody,
  type Block,
  type BlockHeader,
  type CertifiedBlock,
  type Checkpoint,
  type Credit,
  type FeedDefinition,
  type FeedResult,
  type Genesis,
  type InclusionProof,
  ITEM_KINDS,
  type NonceCommitment,
  type Position,
  type PrepareCertificate,
  RECEIPT_CODES,
  RESULT_STATUSES,
  type Receipt,
  type RegistrationBody,
  type ReportPayload,
  type RevocationBody,
  type SignedItem,
  type TimeoutCertificate,
} from '@cairn/protocol';
import { feedFixture } from '@cairn/verify/fixture';

export function hashOf(rng: Rng): Hash {
  return toHash(rng.bytes(32));
}

export function keyOf(rng: Rng): PublicKey {
  return toPublicKey(rng.bytes(32));
}

/** Keys that a genesis document may name: points of prime order, which random bytes are not. */
const POINTS = Array.from({ length: 32 }, (_, seed) => createSigner(new Uint8Array(32).fill(seed)).publicKey);

function pointsOf(rng: Rng, count: number): PublicKey[] {
  return rng.shuffled(POINTS).slice(0, count);
}

export function signatureOf(rng: Rng): Signature {
  return toSignature(rng.bytes(64));
}

/** 0 .. 2^bitsMax - 1, every length equally likely, so that each form of a CBOR head occurs. */
export function uintOf(rng: Rng, bitsMax = 53): number {
  return Math.floor(rng.fraction() * 2 ** rng.integer(0, bitsMax));
}

function intOf(rng: Rng): number {
  const value = uintOf(rng);
  return rng.chance(0.5) || value === 0 ? value : -value;
}

function int64Of(rng: Rng): bigint {
  const value = (BigInt(uintOf(rng, 31)) << 32n) | BigInt(rng.uint32());
  return rng.chance(0.5) ? BigInt(intOf(rng)) : rng.chance(0.5) ? value : -value - 1n;
}

function cellOf(rng: Rng): bigint {
  return rng.chance(0.5) ? 0x8928308280fffffn : (BigInt(rng.uint32()) << 32n) | BigInt(rng.uint32());
}

function wordOf(rng: Rng, alphabet: string, lengthMax: number): string {
  return Array.from({ length: rng.integer(1, lengthMax) }, () => rng.pick([...alphabet])).join('');
}

export function feedIdOf(rng: Rng): string {
  return wordOf(rng, 'abcxyz019-', 32);
}

function some<T>(rng: Rng, countMax: number, make: () => T, countMin = 0): T[] {
  return Array.from({ length: rng.integer(countMin, countMax) }, make);
}

function maybe<T>(rng: Rng, make: () => T): T | null {
  return rng.chance(0.5) ? make() : null;
}

/** Ascending, distinct, at least one. */
function membersOf(rng: Rng): MemberIndex[] {
  const members = [0, 1, 2, 5, 30, 127].filter(() => rng.chance(0.4));
  return members.length > 0 ? members : [3];
}

export function positionOf(rng: Rng): Position {
  return { epoch: uintOf(rng), height: uintOf(rng), view: uintOf(rng, 19) };
}

export function creditOf(rng: Rng): Credit {
  return { ...positionOf(rng), member: rng.integer(0, 127), blockHash: hashOf(rng), signature: signatureOf(rng) };
}

export function payloadOf(rng: Rng): ReportPayload {
  const payload = {
    feed: feedIdOf(rng),
    seq: uintOf(rng),
    observedAt: uintOf(rng),
    values: some(rng, 16, () => intOf(rng), 1),
  };
  return rng.chance(0.5) ? payload : { ...payload, cell: cellOf(rng) };
}

export function registrationOf(rng: Rng): SignedItem<RegistrationBody> {
  const body: RegistrationBody = {
    device: keyOf(rng),
    feeds: some(rng, 4, () => feedIdOf(rng), 1),
    owner: keyOf(rng),
    cell: maybe(rng, () => cellOf(rng)),
    notBefore: uintOf(rng),
    notAfter: uintOf(rng),
    issuedAt: uintOf(rng),
  };
  return { body, signer: keyOf(rng), signature: signatureOf(rng) };
}

export function revocationOf(rng: Rng): SignedItem<RevocationBody> {
  const body = { device: keyOf(rng), feeds: some(rng, 4, () => feedIdOf(rng), 1), issuedAt: uintOf(rng) };
  return { body, signer: keyOf(rng), signature: signatureOf(rng) };
}

export function batchBodyOf(rng: Rng): BatchBody {
  return {
    networkId: hashOf(rng),
    epoch: uintOf(rng),
    author: rng.integer(0, 127),
    seq: uintOf(rng),
    baseHeight: uintOf(rng),
    items: some(rng, 3, () => ({ kind: rng.pick(ITEM_KINDS), bytes: rng.bytes(rng.integer(1, 64)) }), 1),
  };
}

export function headerOf(rng: Rng): BlockHeader {
  return {
    version: rng.uint32(),
    networkId: hashOf(rng),
    height: uintOf(rng),
    parentHash: hashOf(rng),
    parentCertificateHash: hashOf(rng),
    time: uintOf(rng),
    leader: rng.integer(0, 0xffff),
    epoch: uintOf(rng),
    batchesRoot: hashOf(rng),
    receiptsRoot: hashOf(rng),
    reportsRoot: hashOf(rng),
    resultsRoot: hashOf(rng),
    stateHash: hashOf(rng),
    previousLogRoot: hashOf(rng),
    committeeHash: hashOf(rng),
    epochEnd: maybe(rng, () => ({
      snapshotRoot: hashOf(rng),
      rewardsRoot: hashOf(rng),
      nextCommitteeHash: hashOf(rng),
    })),
  };
}

export function prepareCertificateOf(rng: Rng): PrepareCertificate {
  const votes = membersOf(rng).map((member) => ({ member, signature: signatureOf(rng) }));
  return { ...positionOf(rng), blockHash: hashOf(rng), votes };
}

export function timeoutCertificateOf(rng: Rng): TimeoutCertificate {
  const votes = membersOf(rng).map((member) => ({
    member,
    highView: uintOf(rng, 19) - 1,
    highHash: hashOf(rng),
    signature: signatureOf(rng),
  }));
  return { ...positionOf(rng), votes, highCertificate: maybe(rng, () => prepareCertificateOf(rng)) };
}

export function commitmentOf(rng: Rng): NonceCommitment {
  return { member: rng.integer(0, 127), hiding: rng.bytes(32), binding: rng.bytes(32), signature: signatureOf(rng) };
}

export function blockOf(rng: Rng): Block {
  return {
    header: headerOf(rng),
    batchIds: some(rng, 4, () => hashOf(rng)),
    parentCertificate: maybe(rng, () => prepareCertificateOf(rng)),
  };
}

export function certifiedBlockOf(rng: Rng): CertifiedBlock {
  return { block: blockOf(rng), certificate: prepareCertificateOf(rng), groupSignature: signatureOf(rng) };
}

export function receiptOf(rng: Rng): Receipt {
  return { id: hashOf(rng), code: rng.pick(RECEIPT_CODES) };
}

export function feedResultOf(rng: Rng): FeedResult {
  const aggregate = () => ({ kind: rng.pick(AGGREGATE_KINDS), code: rng.pick(AGGREGATE_CODES), value: int64Of(rng) });
  const channel = () => ({
    name: wordOf(rng, 'abcxyz019_', 32),
    exponent: rng.integer(-12, 12),
    count: uintOf(rng),
    filtered: uintOf(rng),
    aggregates: some(rng, 4, aggregate),
  });
  return {
    feed: feedIdOf(rng),
    group: rng.chance(0.5) ? '' : '8928308280fffff',
    windowStart: uintOf(rng),
    windowEnd: uintOf(rng),
    status: rng.pick(RESULT_STATUSES),
    open: rng.chance(0.5),
    reports: uintOf(rng),
    devices: uintOf(rng),
    filtered: uintOf(rng),
    channels: some(rng, 3, channel),
  };
}

export function checkpointOf(rng: Rng): Checkpoint {
  return {
    networkName: feedIdOf(rng),
    networkId: hashOf(rng),
    treeSize: uintOf(rng),
    root: hashOf(rng),
    headerHash: hashOf(rng),
  };
}

function inclusionOf(rng: Rng): InclusionProof {
  return { index: uintOf(rng), size: uintOf(rng), path: some(rng, 5, () => hashOf(rng)) };
}

export function attestationOf(rng: Rng): Attestation {
  const base58 = () => wordOf(rng, '123ABCabcxyz', 60);
  return {
    version: 1,
    networkName: feedIdOf(rng),
    networkId: hashOf(rng),
    groupKey: keyOf(rng),
    subject: rng.chance(0.5)
      ? { kind: 'result', result: feedResultOf(rng) }
      : { kind: 'report', report: rng.bytes(rng.integer(1, 300)) },
    inclusion: inclusionOf(rng),
    header: rng.bytes(rng.pick([352, 448])),
    checkpoint: wordOf(rng, 'cairn/ \n—', 200),
    anchor: maybe(rng, () => ({
      checkpoint: wordOf(rng, 'cairn/ \n—', 200),
      proof: inclusionOf(rng),
      chain: base58(),
      slot: uintOf(rng),
      blockTime: maybe(rng, () => uintOf(rng)),
      transaction: base58(),
    })),
  };
}

export function feedDefinitionOf(rng: Rng, id: string): FeedDefinition {
  const channel = (index: number) => ({
    name: `c${index}`,
    unit: rng.pick(['ug/m3', 'Cel', 'dB', '%', '\u00b5m']),
    exponent: rng.integer(-12, 12),
    min: -uintOf(rng, 31),
    max: uintOf(rng, 31),
    stepPerMinuteMax: maybe(rng, () => uintOf(rng)),
    aggregates: rng.shuffled(AGGREGATE_KINDS).slice(0, rng.integer(1, 5)),
  });
  return feedFixture({
    id,
    title: rng.pick(['Air', 'Bruit: h\u00f4tel', '\u5927\u6c14']),
    channels: Array.from({ length: rng.integer(1, 3) }, (_, index) => channel(index)),
    windowMs: 1 + uintOf(rng, 30),
    madFactorMilli: maybe(rng, () => uintOf(rng, 13)),
    registrars: pointsOf(rng, rng.integer(1, 2)),
    open: rng.chance(0.5),
    groupsAllowed: maybe(rng, () => ['', '8928308280fffff']),
  });
}

export function genesisOf(rng: Rng): Genesis {
  const members = rng.integer(1, 4);
  const identityKeys = pointsOf(rng, members);
  return {
    rulesVersion: 1,
    networkName: feedIdOf(rng),
    createdAt: uintOf(rng),
    members: identityKeys.map((identityKey, index) => ({
      name: `node-${index}`,
      identityKey,
      addresses: some(rng, 2, () => `/ip4/127.0.0.1/tcp/${uintOf(rng, 16)}`),
    })),
    parameters: {
      blockIntervalMs: uintOf(rng, 15),
      viewTimeoutMs: 10 + uintOf(rng, 10),
      viewTimeoutMsMax: 10_000,
      epochBlocks: 2 + uintOf(rng, 20),
    },
    feeds: Array.from({ length: rng.integer(1, 2) }, (_, index) => feedDefinitionOf(rng, `feed-${index}`)),
    recoveryKeys: pointsOf(rng, 2),
    recoveryThreshold: rng.integer(0, 2),
    ceremonyId: hashOf(rng),
    transcriptHash: hashOf(rng),
    groupKey: rng.pick(POINTS),
    verificationShares: Array.from({ length: members }, () => keyOf(rng)),
  };
}
