import { fromBase64 } from '@cairn/primitives';
import { decodeCanonical } from '@cairn/protocol';
import type { HttpBounds } from './options.ts';
import { httpError } from './problem.ts';

/** First byte of a COSE_Sign1 object: CBOR tag 18. */
const TAG_COSE_SIGN1 = 0xd2;

/**
 * The reports of a request, as received: one COSE object, a CBOR array of byte strings, or the JSON envelope.
 * What each says is not looked at here.
 * @throws HTTP_BODY_MALFORMED, HTTP_REPORTS_EXCEEDED, PROTOCOL_CBOR_MALFORMED
 */
export function readReports(body: unknown, bounds: HttpBounds): readonly Uint8Array[] {
  const reports = body instanceof Uint8Array ? readCbor(body, bounds) : readJson(body);
  if (reports.length === 0) throw httpError('HTTP_BODY_MALFORMED', 'there is no report in the body');
  if (reports.length > bounds.reportsMax) {
    throw httpError('HTTP_REPORTS_EXCEEDED', `at most ${bounds.reportsMax} reports in a request`);
  }
  return reports;
}

function readCbor(body: Uint8Array, bounds: HttpBounds): readonly Uint8Array[] {
  if (body[0] === TAG_COSE_SIGN1) return [body];
  const list = decodeCanonical(body, bounds.bodyBytesMax);
  if (!Array.isArray(list) || !list.every((entry) => entry instanceof Uint8Array)) {
    throw httpError('HTTP_BODY_MALFORMED', 'expected one COSE_Sign1 object or an array of byte strings');
  }
  return list as Uint8Array[];
}

function readJson(body: unknown): readonly Uint8Array[] {
  return (body as { readonly reports: readonly string[] }).reports.map((text, index) =>
    base64(text, `reports[${index}] is not standard base64`),
  );
}

/** One signed item: its bytes, or `{item: base64}`. @throws HTTP_BODY_MALFORMED */
export function readItem(body: unknown): Uint8Array {
  if (body instanceof Uint8Array) return body;
  return base64((body as { readonly item: string }).item, 'item is not standard base64');
}

function base64(text: string, refusal: string): Uint8Array {
  try {
    return fromBase64(text);
  } catch {
    throw httpError('HTTP_BODY_MALFORMED', refusal);
  }
}
