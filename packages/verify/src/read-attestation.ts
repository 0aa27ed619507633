import { CairnError, fromUtf8 } from '@cairn/primitives';
import { ATTESTATION_BYTES_MAX, type Attestation, attestationFromJson, decodeAttestation } from '@cairn/protocol';
import type { VerifyErrorCode } from './errors.ts';

/** JSON spells a byte with two characters at most, and may be indented. */
export const ATTESTATION_JSON_LENGTH_MAX = 4 * ATTESTATION_BYTES_MAX;

/** Both forms begin differently: the JSON one with `{` or white space, the CBOR one with an array of nine. */
const CBOR_FIRST_BYTE = 0x89;

/**
 * Reads an attestation in either form: CBOR bytes, JSON text (as bytes too), or the API's `{data, ...}` around it.
 * @throws VERIFY_DOCUMENT_MALFORMED, VERIFY_DOCUMENT_EXCEEDED
 */
export function readAttestation(document: Uint8Array | string): Attestation {
  if (document.length > ATTESTATION_JSON_LENGTH_MAX) {
    throw new CairnError<VerifyErrorCode>('VERIFY_DOCUMENT_EXCEEDED', 'longer than any attestation', {
      length: document.length,
    });
  }
  return malformedUnless(() => {
    if (typeof document !== 'string' && document[0] === CBOR_FIRST_BYTE) return decodeAttestation(document);
    return attestationFromJson(
      withoutEnvelope(JSON.parse(typeof document === 'string' ? document : fromUtf8(document))),
    );
  });
}

/** Reads an attestation from parsed JSON, with or without the API's envelope. @throws VERIFY_DOCUMENT_MALFORMED */
export function readAttestationJson(json: unknown): Attestation {
  return malformedUnless(() => attestationFromJson(withoutEnvelope(json)));
}

function withoutEnvelope(json: unknown): unknown {
  const isEnvelope = typeof json === 'object' && json !== null && 'data' in json && !('checkpoint' in json);
  return isEnvelope ? json.data : json;
}

function malformedUnless(read: () => Attestation): Attestation {
  try {
    return read();
  } catch (cause) {
    const why = cause instanceof CairnError ? `${cause.message} (${cause.code})` : 'neither JSON nor CBOR';
    throw new CairnError<VerifyErrorCode>('VERIFY_DOCUMENT_MALFORMED', why, {}, { cause });
  }
}
