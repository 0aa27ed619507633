/** The golden documents: one file for each format, readable by people and by other implementations. */
import { createSigner, type Signer, sha256Hash } from '@cairn/crypto';
import { fromHex, Rng, toHash, toHex, utf8 } from '@cairn/primitives';
import * as protocol from '@cairn/protocol';
import { EvidenceCourt } from '@cairn/replica/testing';
import { networkFixture } from '@cairn/verify/fixture';
import { LEDGER_VECTORS } from './ledger/vectors.ts';
import { MESSAGE_KINDS, messageOf } from './random-messages.ts';
import * as random from './random-nouns.ts';
import { WIRE_TYPES } from './wire-types.ts';

const FREEZE_VALUES = 10_000;

const seed = (byte: number) => new Uint8Array(32).fill(byte);
const networkId = toHash('c0'.repeat(32));
const device = createSigner(seed(1));
const registrar = createSigner(seed(2));
const member = createSigner(seed(3));

/** File name to what stands in it. Each document is made anew on every call. */
export const FORMATS: Readonly<Record<string, () => unknown>> = {
  'device-report.json': deviceReports,
  'registration.json': () => ({
    registration: signedItem(protocol.registrationCodec, random.registrationOf(new Rng(11)).body),
    revocation: signedItem(protocol.revocationCodec, random.revocationOf(new Rng(12)).body),
  }),
  'batch.json': batch,
  'block.json': blocks,
  'agreement.json': agreement,
  'certificate.json': certificates,
  'feed-result.json': results,
  'checkpoint.json': checkpoint,
  'attestation.json': attestations,
  'genesis.json': genesis,
  'evidence.json': evidences,
  'credit.json': credit,
  ...LEDGER_VECTORS,
  'wire-freeze.json': () => Object.fromEntries(WIRE_TYPES.map(({ name, sample }) => [name, freezeHash(name, sample)])),
};

/** One hash over 10,000 seeded values, each with its length in front: a change of any encoding shows. */
export function freezeHash(name: string, sample: (rng: Rng) => Uint8Array): string {
  const rng = new Rng(BigInt(`0x${sha256Hash(utf8(name)).slice(0, 12)}`));
  let hash = sha256Hash(utf8(name));
  for (let i = 0; i < FREEZE_VALUES; i++) hash = sha256Hash(fromHex(hash, 32), sample(rng));
  return hash;
}

function deviceReports() {
  const payloads: Readonly<Record<string, protocol.ReportPayload>> = {
    'least numbers': { feed: 'a', seq: 0, observedAt: 0, values: [0] },
    'one reading': { feed: 'air', seq: 23, observedAt: 1_700_000_000_000, values: [87] },
    'negative, in a cell': {
      feed: 'air-quality',
      seq: 256,
      observedAt: 1_700_000_000_001,
      values: [-1, -25, 65_536],
      cell: 0x8928308280fffffn,
    },
    'greatest numbers': {
      feed: 'z'.repeat(32),
      seq: 2 ** 53 - 1,
      observedAt: 2 ** 53 - 1,
      values: Array.from({ length: 16 }, (_, i) => (i % 2 === 0 ? 1 : -1) * (2 ** 53 - 1)),
      cell: 2n ** 64n - 1n,
    },
  };
  const cases = Object.entries(payloads).flatMap(([name, payload]) =>
    ([-19, -8] as const).map((algorithm) => {
      const bytes = protocol.signReport(payload, { networkId, signer: device, algorithm });
      const { report, signature, signedBytes } = protocol.decodeReport(bytes, networkId);
      return { name, algorithm, payload, signedBytes, signature, bytes, id: report.id };
    }),
  );
  return { networkId, deviceSeed: seed(1), device: device.publicKey, cases };
}

function signedItem<Body>(
  codec: {
    signingBytes(network: typeof networkId, body: Body): Uint8Array;
    encode(item: protocol.SignedItem<Body>): Uint8Array;
    id(bytes: Uint8Array): string;
  },
  body: Body,
) {
  const signedBytes = codec.signingBytes(networkId, body);
  const item = { body, signer: registrar.publicKey, signature: registrar.sign(signedBytes) };
  const bytes = codec.encode(item);
  return { networkId, signerSeed: seed(2), ...item, signedBytes, bytes, id: codec.id(bytes) };
}

function batch() {
  const report = protocol.signReport(
    { feed: 'air', seq: 1, observedAt: 5, values: [1] },
    { networkId, signer: device },
  );
  const items = [{ kind: 'report' as const, bytes: report }, ...random.batchBodyOf(new Rng(21)).items];
  const body: protocol.BatchBody = { networkId, epoch: 0, author: 2, seq: 7, baseHeight: 41, items };
  const bodyBytes = protocol.encodeBatchBody(body);
  const { id, signature, bytes } = protocol.sealBatch(body, member.sign);
  const signedBytes = protocol.batchSigningBytes(networkId, { ...body, id });
  return { authorSeed: seed(3), author: member.publicKey, body, bodyBytes, signedBytes, signature, bytes, id };
}

function blocks() {
  const header = random.headerOf(new Rng(31));
  const block = { ...random.blockOf(new Rng(32)), header };
  const epochEnd = {
    snapshotRoot: random.hashOf(new Rng(33)),
    rewardsRoot: random.hashOf(new Rng(34)),
    nextCommitteeHash: random.hashOf(new Rng(35)),
  };
  const headers = [
    { ...header, epochEnd: null },
    { ...header, epochEnd },
  ].map((value) => ({
    value,
    bytes: protocol.encodeHeader(value),
    hash: protocol.headerHash(value),
  }));
  const certified = random.certifiedBlockOf(new Rng(36));
  return {
    headers,
    block: { value: block, bytes: protocol.encodeBlock(block) },
    certifiedBlock: { value: certified, bytes: protocol.encodeCertifiedBlock(certified) },
    receipts: protocol.RECEIPT_CODES.map((code) => {
      const value = { id: random.hashOf(new Rng(37)), code };
      return { value, leaf: protocol.encodeReceipt(value) };
    }),
  };
}

/** What a member's signature in each message covers. */
function signedBytesOf(message: protocol.AgreementMessage): Uint8Array | null {
  switch (message.kind) {
    case 'proposal': {
      const { epoch, height, view, block } = message;
      return protocol.proposalSigningBytes(networkId, { epoch, height, view, blockHash: protocol.blockHash(block) });
    }
    case 'prepare-vote':
      return protocol.prepareVoteSigningBytes(networkId, message);
    case 'sign-request':
      return protocol.signRequestSigningBytes(networkId, message);
    case 'signature-share':
      return protocol.signatureShareSigningBytes(networkId, message);
    case 'nonce-refusal':
      return protocol.nonceRefusalSigningBytes(networkId, message);
    case 'timeout-vote':
      return protocol.timeoutVoteSigningBytes(networkId, message);
    case 'certified-block':
      return null;
  }
}

function agreement() {
  const messages = MESSAGE_KINDS.map((kind, index) => {
    const value = messageOf(new Rng(41 + index), kind);
    const more = value.kind === 'sign-request' ? { signRequestHash: protocol.signRequestHash(value) } : {};
    return { kind, value, signedBytes: signedBytesOf(value), bytes: protocol.encodeAgreementMessage(value), ...more };
  });
  const statement = { ...random.positionOf(new Rng(48)), hiding: seed(4), binding: seed(5) };
  const signedBytes = protocol.nonceCommitmentSigningBytes(networkId, statement);
  return { networkId, messages, nonceCommitment: { value: statement, signedBytes } };
}

function certificates() {
  const prepare = random.prepareCertificateOf(new Rng(51));
  const timeout = random.timeoutCertificateOf(new Rng(52));
  return {
    prepare: {
      value: prepare,
      bytes: protocol.encodePrepareCertificate(prepare),
      hash: protocol.prepareCertificateHash(prepare),
    },
    timeout: { value: timeout, bytes: protocol.toBytes(protocol.timeoutCertificate, timeout) },
  };
}

function results() {
  return [61, 62, 63].map((number) => {
    const value = random.feedResultOf(new Rng(number));
    return { json: protocol.feedResultToJson(value), leaf: protocol.encodeFeedResult(value) };
  });
}

function checkpoint() {
  const group: Signer = createSigner(seed(6));
  const value: protocol.Checkpoint = { ...random.checkpointOf(new Rng(71)), networkName: 'devnet', treeSize: 1042 };
  const text = protocol.checkpointText(value);
  const origin = protocol.checkpointOrigin(value);
  return {
    groupSeed: seed(6),
    groupKey: group.publicKey,
    value,
    text: new TextDecoder().decode(text),
    keyId: protocol.checkpointKeyId(origin, group.publicKey),
    verifierKey: protocol.checkpointVerifierKey(origin, group.publicKey),
    note: protocol.encodeCheckpointNote(value, group.publicKey, group.sign(text)),
  };
}

function attestations() {
  const network = networkFixture({ seed: 81 });
  const cases = (['result', 'report'] as const).flatMap((kind) =>
    [null, 13].map((anchoredSize) => {
      const attestation = network.attestation({ kind, anchoredSize, height: 6 });
      const json = protocol.attestationToJson(attestation);
      return { kind, isAnchored: anchoredSize !== null, json, cbor: protocol.encodeAttestation(attestation) };
    }),
  );
  return { networkId: network.networkId, groupKey: network.groupKey, genesis: network.genesisBytes, cases };
}

/** Each convicts a member of this network: by real signatures, and a real share of FROST. */
function evidences() {
  const court = new EvidenceCourt(5, networkFixture({ seed: 81 }).genesis.feeds);
  const proven = [
    court.doubleProposal(),
    court.doublePrepare(),
    court.doubleBatch(),
    court.share(true),
    court.invalidBatch(),
  ];
  const cases = proven.map((evidence) => {
    const bytes = protocol.encodeEvidence(evidence);
    return { json: protocol.evidenceToJson(evidence), bytes, id: protocol.evidenceId(bytes) };
  });
  return { genesis: protocol.encodeGenesis(court.genesis), networkId: court.door.networkId, cases };
}

/** The signature is that of the PrepareVote: its bytes are signed, not those of the item. */
function credit() {
  const vote = { epoch: 1, height: 1007, view: 2, blockHash: random.hashOf(new Rng(82)), member: 3 };
  const value = protocol.sealCredit(networkId, vote, member.sign);
  const bytes = protocol.encodeCredit(value);
  const signedBytes = protocol.prepareVoteSigningBytes(networkId, value);
  return { networkId, memberSeed: seed(3), member: member.publicKey, value, signedBytes, bytes, id: sha256Hash(bytes) };
}

function genesis() {
  const value = random.genesisOf(new Rng(91));
  const bytes = protocol.encodeGenesis(value);
  return {
    value,
    draftBytes: protocol.encodeGenesisDraft(value),
    ceremonyId: protocol.ceremonyId(value, 1, false),
    ceremonyIdOfRehearsal: protocol.ceremonyId(value, 1, true),
    bytes,
    networkId: protocol.networkIdOf(value),
    committeeHash: protocol.committeeHash(protocol.genesisCommittee(value)),
    header0: protocol.encodeHeader(protocol.genesisHeader(value)),
  };
}

/** Bytes as hex, integers past 2^53 as text: what stands in the files. */
export function vectorText(document: unknown): string {
  const text = JSON.stringify(
    document,
    (_, value: unknown) =>
      value instanceof Uint8Array ? toHex(value) : typeof value === 'bigint' ? value.toString() : value,
    2,
  );
  return `${text}\n`;
}
