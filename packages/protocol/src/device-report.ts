import { sha256Hash } from '@cairn/crypto';
import {
  ByteArena,
  concatBytes,
  fromHex,
  type Hash,
  HexNames,
  type NetworkId,
  type PublicKey,
  type Signature,
  toHex,
  toPublicKey,
  toSignature,
  type UnixMs,
  utf8,
} from '@cairn/primitives';
import { type CborMap, type CborValue, decodeCanonical, encodeCanonical } from './cbor.ts';
import { refuseShape } from './codec.ts';
import { signingPrefix } from './domain.ts';
import { CHANNELS_MAX, FEED_ID_PATTERN, READING_MAX, REPORT_BYTES_MAX } from './limits.ts';
import { type ParsedReport, parseReport, REPORT_LAYOUT } from './parse-report.ts';

/** What a device says, before it is signed. */
export interface ReportPayload {
  readonly feed: string;
  /** Strictly increasing per device and feed. */
  readonly seq: number;
  readonly observedAt: UnixMs;
  /** One integer per channel of the feed, value = n * 10^exponent; `null` is no reading. */
  readonly values: readonly number[];
  /** H3 index, as coarse as the feed asks. */
  readonly cell?: bigint;
}

/** A COSE_Sign1 object (RFC 9052), decoded and shape-checked; its signature is checked by the door. */
export interface DeviceReport extends ReportPayload {
  /** SHA-256 of the bytes as received. */
  readonly id: Hash;
  readonly device: PublicKey;
  readonly bytes: Uint8Array;
}

/** RFC 9864 Ed25519, and the older EdDSA of RFC 9053. */
const ALGORITHMS: readonly CborValue[] = [-19, -8];
const COSE_ALG = 1;
const COSE_KID = 4;
const TAG_COSE_SIGN1 = 0xd2;
const FEED = 1;
const SEQ = 2;
const OBSERVED_AT = 3;
const VALUES = 4;
const CELL = 5;
const CELL_MAX = 2n ** 64n - 1n;

/** The protected header of a device: encoded once, the same for all its reports. */
export function reportProtectedHeader(device: Uint8Array, algorithm: -19 | -8 = -19): Uint8Array {
  return encodeCanonical(
    new Map<number, CborValue>([
      [COSE_ALG, algorithm],
      [COSE_KID, device],
    ]),
  );
}

/** Payload map {1: feed, 2: seq, 3: observedAt, 4: values, 5: cell?}, deterministic CBOR. */
export function encodeReportPayload(payload: ReportPayload): Uint8Array {
  const map = new Map<number, CborValue>([
    [FEED, payload.feed],
    [SEQ, payload.seq],
    [OBSERVED_AT, payload.observedAt],
    [VALUES, payload.values],
  ]);
  if (payload.cell !== undefined) map.set(CELL, payload.cell);
  return encodeCanonical(map);
}

/** RFC 9052 section 4.4 Sig_structure: what the device's signature covers. */
export function reportSigningBytes(
  networkId: NetworkId,
  parts: { readonly protectedHeader: Uint8Array; readonly payload: Uint8Array },
): Uint8Array {
  return signatureStructure(networkId, encodeCanonical(parts.protectedHeader), encodeCanonical(parts.payload));
}

/** 0x84 four parts, 0x6a text of ten characters. */
const SIGNATURE1 = concatBytes(Uint8Array.of(0x84, 0x6a), utf8('Signature1'));

/** ['Signature1', protected header, external_aad, payload], whose parts come encoded. */
function signatureStructure(networkId: NetworkId, protectedItem: Uint8Array, payloadItem: Uint8Array): Uint8Array {
  const externalAad = signingPrefix('device-report', networkId);
  const out = byteArena.take(SIGNATURE1.length + protectedItem.length + 2 + externalAad.length + payloadItem.length);
  let at = SIGNATURE1.length;
  out.set(SIGNATURE1);
  out.set(protectedItem, at);
  at += protectedItem.length;
  out[at] = 0x58;
  out[at + 1] = externalAad.length;
  out.set(externalAad, at + 2);
  out.set(payloadItem, at + 2 + externalAad.length);
  return out;
}

/** Every report of every batch makes one of these on its way through the door: they are not allocated one by one. */
const byteArena = new ByteArena(64 * 1024);
/** Devices report again and again. */
const deviceNames = new HexNames({ lengthBytes: 32, slots: 16_384 });

/** The COSE_Sign1 bytes of a signed report, tagged 18. */
export function encodeReport(parts: {
  readonly protectedHeader: Uint8Array;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
}): Uint8Array {
  const body = encodeCanonical([parts.protectedHeader, new Map(), parts.payload, parts.signature]);
  return concatBytes(Uint8Array.of(TAG_COSE_SIGN1), body);
}

/** A report and what is needed to check its signature. */
export interface DecodedReport {
  readonly report: DeviceReport;
  readonly signature: Signature;
  readonly signedBytes: Uint8Array;
}

/**
 * Parses a report as received. The signature is not checked here.
 * @throws PROTOCOL_BYTES_EXCEEDED, PROTOCOL_CBOR_MALFORMED, PROTOCOL_SHAPE_INVALID
 */
export function decodeReport(bytes: Uint8Array, networkId: NetworkId): DecodedReport {
  const parsed = parseReport(bytes);
  // The slow way knows the reason, and decides: whatever the quick one might overlook is judged the same everywhere.
  if (parsed === undefined) return decodeReportByCbor(bytes, networkId);
  const { device, signature, signedBytes } = sealOf(bytes, parsed, networkId);
  return {
    report: { id: sha256Hash(bytes), device: toHex(device) as PublicKey, bytes, ...parsed.payload },
    signature: toHex(signature) as Signature,
    signedBytes,
  };
}

/** What a report says and who says it, without its seal: for whoever knows that the signature was checked. */
export interface ReportContent extends ReportPayload {
  readonly id: Hash;
  readonly device: PublicKey;
}

/**
 * The content of a report as received.
 * @throws PROTOCOL_BYTES_EXCEEDED, PROTOCOL_CBOR_MALFORMED, PROTOCOL_SHAPE_INVALID
 */
export function decodeReportContent(bytes: Uint8Array, networkId: NetworkId): ReportContent {
  const parsed = parseReport(bytes);
  if (parsed === undefined) {
    const { bytes: _, ...content } = decodeReportByCbor(bytes, networkId).report;
    return content;
  }
  const { feed, seq, observedAt, values, cell } = parsed.payload;
  const device = deviceNames.nameOf(bytes, REPORT_LAYOUT.deviceAt) as PublicKey;
  const id = sha256Hash(bytes);
  if (cell === undefined) return { id, device, feed, seq, observedAt, values };
  return { id, device, feed, seq, observedAt, values, cell };
}

/** What the check of a report's signature takes, in bytes as they stand in the report. */
export interface ReportSeal {
  readonly device: Uint8Array;
  readonly signature: Uint8Array;
  readonly signedBytes: Uint8Array;
}

/**
 * The seal of a report as received; the report is parsed as strictly as by `decodeReport`.
 * @throws PROTOCOL_BYTES_EXCEEDED, PROTOCOL_CBOR_MALFORMED, PROTOCOL_SHAPE_INVALID
 */
export function decodeReportSeal(bytes: Uint8Array, networkId: NetworkId): ReportSeal {
  const parsed = parseReport(bytes);
  if (parsed !== undefined) return sealOf(bytes, parsed, networkId);
  const { report, signature, signedBytes } = decodeReportByCbor(bytes, networkId);
  return { device: fromHex(report.device, 32), signature: fromHex(signature, 64), signedBytes };
}

function sealOf(bytes: Uint8Array, { payloadAt, payloadEnd }: ParsedReport, networkId: NetworkId): ReportSeal {
  const { headerAt, headerEnd, deviceAt, signatureBytes } = REPORT_LAYOUT;
  return {
    device: bytes.subarray(deviceAt, headerEnd),
    signature: bytes.subarray(bytes.length - signatureBytes),
    signedBytes: signatureStructure(
      networkId,
      bytes.subarray(headerAt, headerEnd),
      bytes.subarray(payloadAt, payloadEnd),
    ),
  };
}

/** What `decodeReport` does, by the general decoder: the definition that its quick parser is compared with. */
export function decodeReportByCbor(bytes: Uint8Array, networkId: NetworkId): DecodedReport {
  if (bytes.length <= REPORT_BYTES_MAX && bytes[0] !== TAG_COSE_SIGN1) refuseShape('a COSE_Sign1 object tagged 18');
  const outer = decodeCanonical(bytes.subarray(1), REPORT_BYTES_MAX - 1);
  if (!Array.isArray(outer) || outer.length !== 4) return refuseShape('COSE_Sign1 of four parts');
  const [protectedHeader, unprotected, payload, signature] = outer as CborValue[];
  if (!(protectedHeader instanceof Uint8Array)) return refuseShape('a protected header in bytes');
  if (!(unprotected instanceof Map) || unprotected.size !== 0) return refuseShape('an empty unprotected header');
  if (!(payload instanceof Uint8Array)) return refuseShape('a payload in bytes');
  if (!(signature instanceof Uint8Array) || signature.length !== 64) return refuseShape('a signature of 64 bytes');
  const report = {
    id: sha256Hash(bytes),
    device: decodeProtectedHeader(protectedHeader),
    bytes,
    ...decodeReportPayload(payload),
  };
  return {
    report,
    signature: toSignature(signature),
    signedBytes: reportSigningBytes(networkId, { protectedHeader, payload }),
  };
}

function decodeProtectedHeader(bytes: Uint8Array): PublicKey {
  const map = decodeMap(bytes);
  const kid = map.get(COSE_KID);
  if (map.size !== 2 || !ALGORITHMS.includes(map.get(COSE_ALG) as CborValue))
    return refuseShape('alg -19 or -8 and a kid');
  if (!(kid instanceof Uint8Array) || kid.length !== 32) return refuseShape('a kid that is the 32-byte device key');
  return toPublicKey(kid);
}

function decodeReportPayload(bytes: Uint8Array): ReportPayload {
  const map = decodeMap(bytes);
  const feed = map.get(FEED);
  const seq = map.get(SEQ);
  const observedAt = map.get(OBSERVED_AT);
  const values = map.get(VALUES);
  const cell = map.get(CELL);
  if (typeof feed !== 'string' || !FEED_ID_PATTERN.test(feed)) return refuseShape('a feed id');
  if (typeof seq !== 'number' || !Number.isSafeInteger(seq) || seq < 0) return refuseShape('a seq from 0 to 2^53 - 1');
  if (typeof observedAt !== 'number' || !Number.isSafeInteger(observedAt) || observedAt < 0) {
    return refuseShape('observedAt in unix milliseconds');
  }
  if (!Array.isArray(values) || values.length < 1 || values.length > CHANNELS_MAX || !values.every(isReading)) {
    return refuseShape(`1 to ${CHANNELS_MAX} integer readings within 2^53`);
  }
  if (map.size !== (cell === undefined ? 4 : 5))
    return refuseShape('no fields beside feed, seq, observedAt, values, cell');
  const payload = { feed, seq, observedAt, values: values as readonly number[] };
  return cell === undefined ? payload : { ...payload, cell: toCell(cell) };
}

function isReading(value: CborValue): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && Math.abs(value) <= READING_MAX;
}

function toCell(value: CborValue): bigint {
  const cell = typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value;
  return typeof cell === 'bigint' && cell >= 0n && cell <= CELL_MAX ? cell : refuseShape('an H3 index');
}

function decodeMap(bytes: Uint8Array): CborMap {
  const value = decodeCanonical(bytes, REPORT_BYTES_MAX);
  return value instanceof Map ? value : refuseShape('a map');
}
