/** Of every answer, streams too. */
export const COMMON_HEADERS = {
  'x-content-type-options': 'nosniff',
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'etag, retry-after, cairn-height',
} as const;
