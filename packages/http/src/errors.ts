/** Codes raised by this package; docs/errors.md is made from this table. Their HTTP status is in problem.ts. */
export const HTTP_ERRORS = {
  HTTP_ROUTE_UNKNOWN: {
    meaning: 'Nothing is served under this path.',
    remedy: 'Look the path up in /docs/openapi.json; paths begin with /v1.',
  },
  HTTP_METHOD_INVALID: {
    meaning: 'The path exists, but not for this method.',
    remedy: 'Use a method that the Allow header names.',
  },
  HTTP_URL_MALFORMED: {
    meaning: 'The path is badly escaped or has a part that is too long.',
    remedy: 'Escape the path in UTF-8 percent encoding and check its parts.',
  },
  HTTP_REQUEST_MALFORMED: {
    meaning: 'What arrived is not an HTTP/1.1 request.',
    remedy: 'Speak plain HTTP/1.1 to this port; TLS belongs to a proxy in front of it.',
  },
  HTTP_REQUEST_INVALID: {
    meaning: 'A parameter or a field of the body is missing, mistyped or over its bound; the detail says which.',
    remedy: 'Compare the request with /docs/openapi.json.',
  },
  HTTP_REQUEST_TIMEOUT: {
    meaning: 'The request did not arrive completely in time.',
    remedy: 'Send the whole request at once, or less of it.',
  },
  HTTP_HEADERS_EXCEEDED: {
    meaning: "The request's headers are larger than the server takes.",
    remedy: 'Send fewer and shorter headers, above all cookies.',
  },
  HTTP_BODY_EXCEEDED: {
    meaning: 'The body is larger than the server takes.',
    remedy: 'Split it into several requests.',
  },
  HTTP_BODY_MALFORMED: {
    meaning: 'The body cannot be parsed as its content type says.',
    remedy: 'Check the encoding; CBOR must be deterministic (RFC 8949 section 4.2).',
  },
  HTTP_CONTENT_TYPE_UNKNOWN: {
    meaning: 'The body is of a content type that this path does not take.',
    remedy: 'Send application/cbor or application/json.',
  },
  HTTP_REPORTS_EXCEEDED: {
    meaning: 'One request carries more reports than the server takes.',
    remedy: 'Send at most 512 reports in a request.',
  },
  HTTP_RATE_EXCEEDED: {
    meaning: 'This client asks more often than the server allows.',
    remedy: 'Wait as long as Retry-After says; ask for less, or run an aggregator of your own.',
  },
  HTTP_WAITERS_EXCEEDED: {
    meaning: 'Too many requests wait for something to happen.',
    remedy: 'Try again after Retry-After, without waiting or at another aggregator.',
  },
  HTTP_STREAMS_EXCEEDED: {
    meaning: 'Too many event streams are open, of this client or in all.',
    remedy: 'Close streams that are not read; one stream can carry many feeds.',
  },
  HTTP_FEED_UNKNOWN: {
    meaning: 'The network has no such feed.',
    remedy: 'GET /v1/feeds lists them.',
  },
  HTTP_GROUP_MISSING: {
    meaning: 'The feed gives one result per group, and the request names none.',
    remedy: 'Add ?group=; GET /v1/feeds/{feed}/groups lists them.',
  },
  HTTP_ROUND_UNKNOWN: {
    meaning: 'There is no certified result for this feed, group and window (yet).',
    remedy: 'Check the start of the window in unix milliseconds, or wait with rounds/next.',
  },
  HTTP_REPORT_UNKNOWN: {
    meaning: 'No report of this id stands in a certified block that this server holds, or it was refused there.',
    remedy: 'GET /v1/reports/{id} tells its fate; a device may send it again through any node.',
  },
  HTTP_EVIDENCE_UNKNOWN: {
    meaning: 'The chain, as far as this server holds it, has accepted no evidence of this id.',
    remedy: 'GET /v1/evidence lists what was accepted.',
  },
  HTTP_BLOCK_UNKNOWN: {
    meaning: 'The server holds no certified block of this height.',
    remedy: 'GET /v1/info tells the last height; for old blocks ask a node that has them, or an archive.',
  },
  HTTP_CHECKPOINT_UNKNOWN: {
    meaning: 'The server holds no checkpoint of this tree size.',
    remedy: 'GET /v1/checkpoints/latest tells the largest size; sizes begin at 2.',
  },
  HTTP_SIZES_INVALID: {
    meaning: 'A consistency proof was asked between sizes that do not ascend or are not there.',
    remedy: 'Ask with 1 <= from <= to <= the size of the latest checkpoint.',
  },
  HTTP_LISTEN_INVALID: {
    meaning: 'The server cannot listen on the address that it was given.',
    remedy: 'Free the port or name another one; the address must be one of this machine.',
  },
  HTTP_HANDLER_TIMEOUT: {
    meaning: 'The server could not answer in time.',
    remedy: 'Try again; if it stays, look at the logs and metrics of the server.',
  },
  HTTP_INTERNAL_INVALID: {
    meaning: 'The server met an error of its own.',
    remedy: 'Try again or elsewhere; its operator finds the cause in the log.',
  },
} as const;

export type HttpErrorCode = keyof typeof HTTP_ERRORS;
