import { CairnError } from '@cairn/primitives';
import { PROTOCOL_ERRORS } from '@cairn/protocol';
import { HTTP_ERRORS, type HttpErrorCode } from './errors.ts';

/** RFC 9457 problem details; `code` and `remedy` are ours. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly remedy: string;
}

export const PROBLEM_CONTENT_TYPE = 'application/problem+json';

/** The one place that gives a code its status. */
const STATUS: Readonly<Record<HttpErrorCode, number>> = {
  HTTP_ROUTE_UNKNOWN: 404,
  HTTP_METHOD_INVALID: 405,
  HTTP_URL_MALFORMED: 400,
  HTTP_REQUEST_MALFORMED: 400,
  HTTP_REQUEST_INVALID: 400,
  HTTP_REQUEST_TIMEOUT: 408,
  HTTP_HEADERS_EXCEEDED: 431,
  HTTP_BODY_EXCEEDED: 413,
  HTTP_BODY_MALFORMED: 400,
  HTTP_CONTENT_TYPE_UNKNOWN: 415,
  HTTP_REPORTS_EXCEEDED: 413,
  HTTP_RATE_EXCEEDED: 429,
  HTTP_WAITERS_EXCEEDED: 503,
  HTTP_STREAMS_EXCEEDED: 429,
  HTTP_FEED_UNKNOWN: 404,
  HTTP_GROUP_MISSING: 400,
  HTTP_ROUND_UNKNOWN: 404,
  HTTP_REPORT_UNKNOWN: 404,
  HTTP_EVIDENCE_UNKNOWN: 404,
  HTTP_BLOCK_UNKNOWN: 404,
  HTTP_CHECKPOINT_UNKNOWN: 404,
  HTTP_SIZES_INVALID: 400,
  HTTP_LISTEN_INVALID: 500,
  HTTP_HANDLER_TIMEOUT: 503,
  HTTP_INTERNAL_INVALID: 500,
};

/** What fastify raises by itself, in our words. */
const OF_FASTIFY: Readonly<Record<string, HttpErrorCode>> = {
  FST_ERR_NOT_FOUND: 'HTTP_ROUTE_UNKNOWN',
  FST_ERR_BAD_URL: 'HTTP_URL_MALFORMED',
  FST_ERR_MAX_PARAM_LENGTH: 'HTTP_URL_MALFORMED',
  FST_ERR_VALIDATION: 'HTTP_REQUEST_INVALID',
  FST_ERR_CTP_BODY_TOO_LARGE: 'HTTP_BODY_EXCEEDED',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'HTTP_CONTENT_TYPE_UNKNOWN',
  FST_ERR_CTP_EMPTY_TYPE: 'HTTP_CONTENT_TYPE_UNKNOWN',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'HTTP_BODY_MALFORMED',
  FST_ERR_CTP_INVALID_JSON_BODY: 'HTTP_BODY_MALFORMED',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'HTTP_BODY_MALFORMED',
  FST_ERR_HANDLER_TIMEOUT: 'HTTP_HANDLER_TIMEOUT',
};

/** @returns the error of this package that `code` names; `detail` goes to the client, so it quotes nothing secret. */
export function httpError(code: HttpErrorCode, detail: string): CairnError<HttpErrorCode> {
  return new CairnError(code, detail);
}

/** Any error as a problem. Whatever is not the client's fault becomes HTTP_INTERNAL_INVALID and says nothing more. */
export function toProblem(error: unknown): Problem {
  const code = codeOf(error);
  if (code in HTTP_ERRORS) return problemOf(code as HttpErrorCode, detailOf(error, code as HttpErrorCode));
  const known = PROTOCOL_ERRORS[code as keyof typeof PROTOCOL_ERRORS];
  if (known !== undefined) {
    const status = code === 'PROTOCOL_BYTES_EXCEEDED' ? 413 : 400;
    return problem({ code, status, title: known.meaning, detail: (error as Error).message, remedy: known.remedy });
  }
  return problemOf('HTTP_INTERNAL_INVALID', HTTP_ERRORS.HTTP_INTERNAL_INVALID.meaning);
}

/** @returns whether the error is ours to mend. */
export function isInternal(problemDetails: Problem): boolean {
  return problemDetails.code === 'HTTP_INTERNAL_INVALID' || problemDetails.code === 'HTTP_HANDLER_TIMEOUT';
}

export function problemOf(code: HttpErrorCode, detail: string = HTTP_ERRORS[code].meaning): Problem {
  const { meaning, remedy } = HTTP_ERRORS[code];
  return problem({ code, status: STATUS[code], title: meaning, detail, remedy });
}

function problem(parts: Omit<Problem, 'type'>): Problem {
  return { type: `urn:cairn:error:${parts.code}`, ...parts };
}

function codeOf(error: unknown): string {
  if (error instanceof CairnError) return error.code;
  const { code, statusCode, validation } = (error ?? {}) as {
    code?: unknown;
    statusCode?: unknown;
    validation?: unknown;
  };
  if (validation !== undefined) return 'HTTP_REQUEST_INVALID';
  if (typeof code === 'string' && code in OF_FASTIFY) return OF_FASTIFY[code] as string;
  const isClientFault = typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500;
  // the JSON parser's own refusals (prototype poisoning, syntax) carry a status and no code
  return isClientFault ? 'HTTP_BODY_MALFORMED' : 'HTTP_INTERNAL_INVALID';
}

function detailOf(error: unknown, code: HttpErrorCode): string {
  // Only our own words and the validator's reach the client: a parser's message may quote the body.
  const isOurs = error instanceof CairnError || (error as { validation?: unknown })?.validation !== undefined;
  return isOurs && code !== 'HTTP_INTERNAL_INVALID'
    ? (error as Error).message.slice(0, 300)
    : HTTP_ERRORS[code].meaning;
}
