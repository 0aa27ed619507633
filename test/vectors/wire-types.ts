/** Every type that crosses a wire or is hashed: its encoder, its decoder, its bound, and a source of seeded values. */
import { concatBytes, fromHex, fromUtf8, type Rng, toBase64, toHash, utf8 } from '@cairn/primitives';
import * as protocol from '@cairn/protocol';
import { readAttestation } from '@cairn/verify';
import { evidenceOf } from './random-evidence.ts';
import { MESSAGE_KINDS, messageOf, syncRequestOf } from './random-messages.ts';
import * as random from './random-nouns.ts';
import * as snapshots from './random-snapshots.ts';

/** `decode` is absent for what is only hashed. */
export interface WireType {
  readonly name: string;
  readonly bytesMax: number;
  readonly sample: (rng: Rng) => Uint8Array;
  /** @returns the bytes that encoding what was decoded gives. */
  readonly again?: (bytes: Uint8Array) => Uint8Array;
}

const NETWORK_ID = toHash('11'.repeat(32));

function wireType<T>(
  name: string,
  bytesMax: number,
  make: (rng: Rng) => T,
  codec: { readonly encode: (value: T) => Uint8Array; readonly decode?: (bytes: Uint8Array) => T },
): WireType {
  const { encode, decode } = codec;
  const sample = (rng: Rng) => encode(make(rng));
  return decode ? { name, bytesMax, sample, again: (bytes) => encode(decode(bytes)) } : { name, bytesMax, sample };
}

const reportType: WireType = {
  name: 'device-report',
  bytesMax: protocol.REPORT_BYTES_MAX,
  sample: (rng) =>
    protocol.encodeReport({
      protectedHeader: protocol.reportProtectedHeader(rng.bytes(32), rng.pick([-19, -8] as const)),
      payload: protocol.encodeReportPayload(random.payloadOf(rng)),
      signature: rng.bytes(64),
    }),
  again: (bytes) => protocol.decodeReport(bytes, NETWORK_ID).report.bytes,
};

const batchType = wireType('batch', protocol.BATCH_BYTES_MAX, batchOf, {
  encode: ({ bytes }) => bytes,
  decode: (bytes) => {
    const batch = protocol.decodeBatch(bytes);
    return protocol.sealBatch(batch, () => batch.signature);
  },
});

function batchOf(rng: Rng): protocol.Batch {
  const body = random.batchBodyOf(rng);
  return protocol.sealBatch(body, () => random.signatureOf(rng));
}

const checkpointType = wireType('checkpoint-note', protocol.CHECKPOINT_BYTES_MAX, noteOf, {
  encode: utf8,
  decode: (bytes) => {
    const { checkpoint, keyId, groupSignature } = protocol.decodeCheckpointNote(fromUtf8(bytes));
    const signed = toBase64(concatBytes(keyId, fromHex(groupSignature, 64)));
    return `${fromUtf8(protocol.checkpointText(checkpoint))}\n\u2014 ${protocol.checkpointOrigin(checkpoint)} ${signed}\n`;
  },
});

function noteOf(rng: Rng): string {
  return protocol.encodeCheckpointNote(random.checkpointOf(rng), random.keyOf(rng), random.signatureOf(rng));
}

const attestationJson = wireType('attestation-json', 4 * protocol.ATTESTATION_BYTES_MAX, random.attestationOf, {
  encode: (value) => utf8(JSON.stringify(protocol.attestationToJson(value))),
  decode: readAttestation,
});

const evidenceTypes = [
  wireType('evidence', protocol.ITEM_BYTES_MAX, evidenceOf, {
    encode: protocol.encodeEvidence,
    decode: protocol.decodeEvidence,
  }),
  wireType('evidence-json', 4 * protocol.ITEM_BYTES_MAX, evidenceOf, {
    encode: (value) => utf8(JSON.stringify(protocol.evidenceToJson(value))),
    decode: protocol.readEvidence,
  }),
];

const creditType = wireType('credit', protocol.CREDIT_BYTES_MAX, random.creditOf, {
  encode: protocol.encodeCredit,
  decode: protocol.decodeCredit,
});

const messageTypes = MESSAGE_KINDS.map((kind) =>
  wireType(kind, protocol.AGREEMENT_BYTES_MAX, (rng) => messageOf(rng, kind), {
    encode: protocol.encodeAgreementMessage,
    decode: protocol.decodeAgreementMessage,
  }),
);

/** In a fixed order; the names are the keys of wire-freeze.json. */
export const WIRE_TYPES: readonly WireType[] = [
  reportType,
  wireType('registration', protocol.REGISTRATION_BYTES_MAX, random.registrationOf, protocol.registrationCodec),
  wireType('revocation', protocol.REGISTRATION_BYTES_MAX, random.revocationOf, protocol.revocationCodec),
  batchType,
  wireType('block-header', protocol.HEADER_EPOCH_END_BYTES, random.headerOf, {
    encode: protocol.encodeHeader,
    decode: protocol.decodeHeader,
  }),
  wireType('block', protocol.AGREEMENT_BYTES_MAX, random.blockOf, {
    encode: protocol.encodeBlock,
    decode: protocol.decodeBlock,
  }),
  wireType('stored-certified-block', protocol.AGREEMENT_BYTES_MAX, random.certifiedBlockOf, {
    encode: protocol.encodeCertifiedBlock,
    decode: protocol.decodeCertifiedBlock,
  }),
  wireType('prepare-certificate', protocol.AGREEMENT_BYTES_MAX, random.prepareCertificateOf, {
    encode: protocol.encodePrepareCertificate,
    decode: protocol.decodePrepareCertificate,
  }),
  wireType('timeout-certificate', protocol.AGREEMENT_BYTES_MAX, random.timeoutCertificateOf, {
    encode: (value) => protocol.toBytes(protocol.timeoutCertificate, value),
    decode: (bytes) => protocol.fromBytes(protocol.timeoutCertificate, bytes, protocol.AGREEMENT_BYTES_MAX),
  }),
  ...messageTypes,
  ...evidenceTypes,
  creditType,
  wireType('sync-request', protocol.SYNC_REQUEST_BYTES_MAX, syncRequestOf, {
    encode: protocol.encodeSyncRequest,
    decode: protocol.decodeSyncRequest,
  }),
  wireType('snapshot-manifest', 256, snapshots.snapshotManifestOf, {
    encode: protocol.encodeSnapshotManifest,
    decode: protocol.decodeSnapshotManifest,
  }),
  wireType('snapshot-chunk', protocol.SNAPSHOT_CHUNK_MESSAGE_BYTES_MAX, snapshots.snapshotChunkOf, {
    encode: protocol.encodeSnapshotChunk,
    decode: protocol.decodeSnapshotChunk,
  }),
  wireType('snapshot-offer', protocol.SNAPSHOT_OFFER_BYTES_MAX, snapshots.snapshotOfferOf, {
    encode: protocol.encodeSnapshotOffer,
    decode: protocol.decodeSnapshotOffer,
  }),
  wireType('receipt', 34, random.receiptOf, { encode: protocol.encodeReceipt }),
  wireType('feed-result', protocol.FEED_RESULT_BYTES_MAX, random.feedResultOf, {
    encode: protocol.encodeFeedResult,
    decode: protocol.decodeFeedResult,
  }),
  checkpointType,
  wireType('attestation', protocol.ATTESTATION_BYTES_MAX, random.attestationOf, {
    encode: protocol.encodeAttestation,
    decode: protocol.decodeAttestation,
  }),
  attestationJson,
  wireType('genesis-draft', protocol.GENESIS_BYTES_MAX, random.genesisOf as (rng: Rng) => protocol.GenesisDraft, {
    encode: protocol.encodeGenesisDraft,
    decode: protocol.decodeGenesisDraft,
  }),
  wireType('genesis', protocol.GENESIS_BYTES_MAX, random.genesisOf, {
    encode: protocol.encodeGenesis,
    decode: protocol.decodeGenesis,
  }),
  wireType('committee-hash', 32, random.genesisOf, {
    encode: (value) => fromHex(protocol.committeeHash(protocol.genesisCommittee(value))),
  }),
];
