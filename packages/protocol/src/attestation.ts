import {
  CairnError,
  fromBase64,
  type Hash,
  type NetworkId,
  type PublicKey,
  toBase64,
  toHash,
  toPublicKey,
  type UnixMs,
} from '@cairn/primitives';
import { HEADER_EPOCH_END_BYTES } from './block-header.ts';
import {
  bytes,
  type Codec,
  fromBytes,
  hash,
  list,
  nullable,
  publicKey,
  struct,
  text,
  toBytes,
  uint,
  union,
} from './codec.ts';
import { type FeedResult, feedResultCodec } from './feed-result.ts';
import { feedResultFromJson, feedResultToJson } from './feed-result-json.ts';
import {
  ATTESTATION_BYTES_MAX,
  CHECKPOINT_BYTES_MAX,
  MERKLE_PATH_MAX,
  NETWORK_NAME_PATTERN,
  REPORT_BYTES_MAX,
} from './limits.ts';
import { isSameJson } from './same-json.ts';

/**
 * RFC 9162 section 2.1.3. A root fixes the leaves but names no size: index and size steer the walk, and are proven only
 * where a signature covers the size, as a checkpoint's does.
 */
export interface InclusionProof {
  readonly index: number;
  readonly size: number;
  readonly path: readonly Hash[];
}

/** What is attested: a result (leaf of resultsRoot), or one report (its id is a leaf of reportsRoot). */
export type AttestationSubject =
  | { readonly kind: 'result'; readonly result: FeedResult }
  | { readonly kind: 'report'; readonly report: Uint8Array };

/** Where and when a checkpoint at least as large stands on a chain. */
export interface AttestationAnchor {
  /** The anchored checkpoint note. */
  readonly checkpoint: string;
  /** Of this attestation's header in the anchored tree. */
  readonly proof: InclusionProof;
  /** Genesis hash of the chain, base58. */
  readonly chain: string;
  readonly slot: number;
  /** Unix milliseconds as the chain tells them; null when it does not. */
  readonly blockTime: UnixMs | null;
  /** Transaction signature, base58. */
  readonly transaction: string;
}

/** One self-contained document: subject -> inclusion proof -> header -> checkpoint [-> anchor] (protocol section 8). */
export interface Attestation {
  readonly version: 1;
  readonly networkName: string;
  readonly networkId: NetworkId;
  /** A convenience for people; a verifier uses the key it trusts. */
  readonly groupKey: PublicKey;
  readonly subject: AttestationSubject;
  readonly inclusion: InclusionProof;
  /** 352 or 448 bytes. */
  readonly header: Uint8Array;
  /** Checkpoint note whose last leaf is the header. */
  readonly checkpoint: string;
  readonly anchor: AttestationAnchor | null;
}

const inclusion: Codec<InclusionProof> = struct({ index: uint(), size: uint(), path: list(hash, MERKLE_PATH_MAX) });
const note = text(CHECKPOINT_BYTES_MAX);
const BASE58 = /^[1-9A-HJ-NP-Za-km-z]+$/;
const version: Codec<1> = {
  encode: (value) => value,
  decode: (value) => {
    if (value !== 1) throw new CairnError('PROTOCOL_ATTESTATION_VERSION_UNKNOWN', 'this build reads version 1');
    return 1;
  },
};
const attestationCodec: Codec<Attestation> = struct({
  version,
  networkName: text(32, NETWORK_NAME_PATTERN),
  networkId: hash,
  groupKey: publicKey,
  subject: union<AttestationSubject>({
    result: struct({ result: feedResultCodec }),
    report: struct({ report: bytes(REPORT_BYTES_MAX, 1) }),
  }),
  inclusion,
  header: bytes(HEADER_EPOCH_END_BYTES),
  checkpoint: note,
  anchor: nullable(
    struct<AttestationAnchor>({
      checkpoint: note,
      proof: inclusion,
      chain: text(64, BASE58),
      slot: uint(),
      blockTime: nullable(uint()),
      transaction: text(128, BASE58),
    }),
  ),
});

export function encodeAttestation(attestation: Attestation): Uint8Array {
  return toBytes(attestationCodec, attestation);
}

/** @throws PROTOCOL_* */
export function decodeAttestation(encoded: Uint8Array): Attestation {
  return fromBytes(attestationCodec, encoded, ATTESTATION_BYTES_MAX);
}

/** The JSON form: bytes in base64, hashes and keys in hex, integers above 2^53 as strings. */
export function attestationToJson(attestation: Attestation): AttestationJson {
  const { subject } = attestation;
  return {
    ...attestation,
    subject:
      subject.kind === 'result'
        ? { kind: 'result', result: feedResultToJson(subject.result) }
        : { kind: 'report', report: toBase64(subject.report) },
    header: toBase64(attestation.header),
  };
}

export interface AttestationJson extends Omit<Attestation, 'subject' | 'header'> {
  readonly subject:
    | { readonly kind: 'result'; readonly result: ReturnType<typeof feedResultToJson> }
    | { readonly kind: 'report'; readonly report: string };
  readonly header: string;
}

/**
 * Reads the JSON form, with all bounds checked. Unknown fields are refused: nothing unverified rides along.
 * @throws PROTOCOL_*, BYTES_*
 */
export function attestationFromJson(json: unknown): Attestation {
  const fields = exactFields(json, ATTESTATION_FIELDS);
  const subject = fields.subject as { readonly kind?: unknown; readonly report?: unknown; readonly result?: unknown };
  const draft = {
    version: fields.version as 1,
    networkName: fields.networkName as string,
    networkId: toHash(asText(fields.networkId)),
    groupKey: toPublicKey(asText(fields.groupKey)),
    subject:
      subject?.kind === 'report'
        ? { kind: 'report' as const, report: fromBase64(asText(subject.report)) }
        : { kind: 'result' as const, result: feedResultFromJson(subject?.result) },
    inclusion: inclusionFromJson(fields.inclusion),
    header: fromBase64(asText(fields.header)),
    checkpoint: asText(fields.checkpoint),
    anchor: fields.anchor === null ? null : anchorFromJson(fields.anchor),
  };
  // One set of bounds for both forms: whatever JSON said must survive the binary decoder.
  const attestation = decodeAttestation(encodeSafely(draft));
  // And one JSON form: a field that is not known, at any depth, would ride along unverified.
  if (!isSameJson(attestationToJson(attestation), json))
    throw jsonInvalid('a field is not known, or not in its one form');
  return attestation;
}

const ATTESTATION_FIELDS = [
  'version',
  'networkName',
  'networkId',
  'groupKey',
  'subject',
  'inclusion',
  'header',
  'checkpoint',
  'anchor',
] as const;

function encodeSafely(draft: Attestation): Uint8Array {
  try {
    return encodeAttestation(draft);
  } catch (cause) {
    if (cause instanceof CairnError) throw cause;
    throw jsonInvalid('a value has the wrong type', cause);
  }
}

function inclusionFromJson(json: unknown): InclusionProof {
  const { index, size, path } = exactFields(json, ['index', 'size', 'path']);
  if (!Array.isArray(path) || path.length > MERKLE_PATH_MAX) throw jsonInvalid('path is a list of hashes');
  return { index: index as number, size: size as number, path: path.map((entry) => toHash(asText(entry))) };
}

function anchorFromJson(json: unknown): AttestationAnchor {
  const fields = exactFields(json, ['checkpoint', 'proof', 'chain', 'slot', 'blockTime', 'transaction']);
  return {
    checkpoint: asText(fields.checkpoint),
    proof: inclusionFromJson(fields.proof),
    chain: asText(fields.chain),
    slot: fields.slot as number,
    blockTime: fields.blockTime as number | null,
    transaction: asText(fields.transaction),
  };
}

/** @throws PROTOCOL_JSON_INVALID unless `json` is an object with exactly these fields. */
export function exactFields<const F extends string>(json: unknown, names: readonly F[]): Record<F, unknown> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw jsonInvalid('an object is expected');
  const present = Object.keys(json);
  const missing = names.find((name) => !Object.hasOwn(json, name));
  if (missing !== undefined) throw jsonInvalid(`field ${missing} is missing`);
  if (present.length !== names.length) throw jsonInvalid(`only these fields are known: ${names.join(', ')}`);
  return json as Record<F, unknown>;
}

function asText(value: unknown): string {
  if (typeof value !== 'string') throw jsonInvalid('text is expected');
  return value;
}

function jsonInvalid(why: string, cause?: unknown): CairnError {
  return new CairnError('PROTOCOL_JSON_INVALID', why, {}, { cause });
}
