import { CairnError, fromBase64, fromUtf8, toBase64 } from '@cairn/primitives';
import type { BatchItem } from './batch-item.ts';
import {
  decodeEvidence,
  type Evidence,
  encodeEvidence,
  type InvalidBatchEvidence,
  type InvalidShareEvidence,
} from './evidence.ts';
import { ITEM_BYTES_MAX } from './limits.ts';
import type { NonceCommitment } from './nonce-commitment.ts';
import { isSameJson } from './same-json.ts';

type CommitmentJson = Omit<NonceCommitment, 'hiding' | 'binding'> & {
  readonly hiding: string;
  readonly binding: string;
};
type ShareJson = Omit<InvalidShareEvidence, 'header' | 'z' | 'commitments'> & {
  readonly header: string;
  readonly z: string;
  readonly commitments: readonly CommitmentJson[];
};

type BatchJson = Omit<InvalidBatchEvidence, 'item'> & {
  readonly item: { readonly kind: BatchItem['kind']; readonly bytes: string };
};

/** Evidence as JSON: the same fields by name, bytes in standard base64, hashes and signatures in lowercase hex. */
export type EvidenceJson = Exclude<Evidence, InvalidShareEvidence | InvalidBatchEvidence> | ShareJson | BatchJson;

export function evidenceToJson(evidence: Evidence): EvidenceJson {
  if (evidence.kind === 'invalid-batch') {
    const { kind, bytes } = evidence.item;
    return { ...evidence, item: { kind, bytes: toBase64(bytes) } };
  }
  if (evidence.kind !== 'invalid-share') return evidence;
  const commitments = evidence.commitments.map(({ member, hiding, binding, signature }) => ({
    member,
    hiding: toBase64(hiding),
    binding: toBase64(binding),
    signature,
  }));
  return { ...evidence, header: toBase64(evidence.header), z: toBase64(evidence.z), commitments };
}

/**
 * Reads what `evidenceToJson` writes and nothing else: it stands for exactly one encoding. No signature is checked here.
 * @throws PROTOCOL_JSON_INVALID, PROTOCOL_SHAPE_INVALID, PROTOCOL_BYTES_EXCEEDED, BYTES_*
 */
export function evidenceFromJson(json: unknown): Evidence {
  const evidence = guarded(() => decodeEvidence(encodeEvidence(toEvidence(json as EvidenceJson))));
  if (isSameJson(evidenceToJson(evidence), json)) return evidence;
  throw new CairnError('PROTOCOL_JSON_INVALID', 'a field of the evidence is not known, or not in its one form');
}

function toEvidence(json: EvidenceJson): Evidence {
  if (json.kind === 'invalid-batch') {
    const { kind, bytes } = json.item;
    return { ...json, item: { kind, bytes: fromBase64(bytes) } };
  }
  if (json.kind !== 'invalid-share') return json;
  const commitments = json.commitments.map((each) => ({
    ...each,
    hiding: fromBase64(each.hiding),
    binding: fromBase64(each.binding),
  }));
  return { ...json, header: fromBase64(json.header), z: fromBase64(json.z), commitments };
}

/** A value of the wrong type may stop the encoder before the decoder can name it. */
function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof CairnError) throw cause;
    throw new CairnError('PROTOCOL_JSON_INVALID', 'not evidence', {}, { cause });
  }
}

/** JSON spells a byte with two characters at most, and may be indented. */
export const EVIDENCE_JSON_LENGTH_MAX = 4 * ITEM_BYTES_MAX;

/** Both forms begin differently: the JSON one with `{` or white space, the CBOR one with an array of two. */
const CBOR_FIRST_BYTE = 0x82;

/**
 * Reads evidence in either form: CBOR bytes, JSON text, or what the API answers around it.
 * @throws PROTOCOL_JSON_INVALID, PROTOCOL_CBOR_MALFORMED, PROTOCOL_SHAPE_INVALID, PROTOCOL_BYTES_EXCEEDED, BYTES_*
 */
export function readEvidence(document: Uint8Array): Evidence {
  if (document.length > EVIDENCE_JSON_LENGTH_MAX) {
    throw new CairnError('PROTOCOL_BYTES_EXCEEDED', 'longer than any evidence', { length: document.length });
  }
  if (document[0] === CBOR_FIRST_BYTE) return decodeEvidence(document);
  return evidenceFromJson(bare(guarded(() => JSON.parse(fromUtf8(document)))));
}

/** `{data: {evidence}}`, `{evidence}`, or the evidence itself. */
function bare(json: unknown): unknown {
  let inner = json;
  for (const name of ['data', 'evidence']) {
    if (typeof inner === 'object' && inner !== null && Object.hasOwn(inner, name)) inner = Reflect.get(inner, name);
  }
  return inner;
}
