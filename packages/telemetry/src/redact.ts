import { CairnError } from '@cairn/primitives';

export const REDACTED = '[redacted]';

/** Names under which only numbers and booleans are shown: they count or say yes, they do not give away. */
const SECRET_NAME =
  /secret|passphrase|password|private|mnemonic|credential|authorization|cookie|token|seed|api[-_]?key|(?:key|sub)[-_]?share|(?:^|[a-z_])nonces?$|^nonces?$/i;
const DEPTH_MAX = 6;
const ENTRIES_MAX = 64;
const TEXT_CHARACTERS_MAX = 2_000;

/**
 * @returns `value` as a log may show it: nothing under a secret-looking name, no bytes, no user info or query of an
 * address; errors by code, message, metadata and causes; all of it bounded in depth, length and number of entries.
 */
export function redact(value: unknown, depth = 0): unknown {
  if (value === null || value === undefined || typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object') return `[${typeof value}]`;
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
  if (depth >= DEPTH_MAX) return '[deeper]';
  if (value instanceof Error) return redactError(value, depth);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (Array.isArray(value)) return value.slice(0, ENTRIES_MAX).map((each) => redact(each, depth + 1));
  if (value instanceof Map || value instanceof Set) return `[${value.size} entries]`;
  return redactFields(value as Record<string, unknown>, depth);
}

/** @returns the fields of an object, each redacted by its name and value. */
export function redactFields(fields: Readonly<Record<string, unknown>>, depth = 0): Record<string, unknown> {
  const entries = Object.entries(fields).slice(0, ENTRIES_MAX);
  return Object.fromEntries(entries.map(([name, value]) => [name, redactNamed(name, value, depth)]));
}

function redactNamed(name: string, value: unknown, depth: number): unknown {
  const isHarmless = value === undefined || value === null || typeof value === 'number' || typeof value === 'boolean';
  return SECRET_NAME.test(name) && !isHarmless ? REDACTED : redact(value, depth + 1);
}

function redactError(error: Error, depth: number): Record<string, unknown> {
  return {
    name: error.name,
    ...(error instanceof CairnError ? { code: error.code, meta: redactFields(error.meta, depth + 1) } : {}),
    message: redactText(error.message),
    ...(error.stack ? { stack: redactText(error.stack) } : {}),
    ...(error.cause === undefined ? {} : { cause: redact(error.cause, depth + 1) }),
  };
}

/** RPC endpoints take their keys in the user info or the query. */
function redactText(text: string): string {
  const shortened = text.length > TEXT_CHARACTERS_MAX ? `${text.slice(0, TEXT_CHARACTERS_MAX)}...` : text;
  return shortened.replace(/\b((?:https?|wss?):\/\/)([^\s"'<>]*)/gi, (_, scheme: string, rest: string) => {
    const withoutUser = rest.replace(/^[^/?#]*@/, `${REDACTED}@`);
    const withoutQuery = withoutUser.replace(/\?.*$/, `?${REDACTED}`);
    return scheme + withoutQuery;
  });
}
