/**
 * The base of every error that Cairn raises. `code` is stable and listed in docs/errors.md with its remedy.
 * `meta` holds numbers, ids and hex only: never secrets, never raw peer text.
 */
export class CairnError<Code extends string = string, Meta extends ErrorMeta = ErrorMeta> extends Error {
  readonly code: Code;
  readonly meta: Meta;

  constructor(code: Code, message: string, meta: Meta = {} as Meta, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'CairnError';
    this.code = code;
    this.meta = meta;
  }
}

export type ErrorMeta = Readonly<Record<string, string | number | boolean | readonly number[] | readonly string[]>>;

/** A broken invariant of our own. Never caused by peer input; the process that sees one stops. */
export class AssertionError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'AssertionError';
  }
}

/** @throws AssertionError when `condition` does not hold. Stays on in production. */
export function assert(condition: unknown, message = 'invariant broken'): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** Closes a switch over a union: the type checker refuses a forgotten case. */
export function assertNever(value: never): never {
  throw new AssertionError(`unreachable case: ${JSON.stringify(value)}`);
}

/** @returns whether `error` carries `code`; narrows to CairnError. */
export function hasCode<Code extends string>(error: unknown, code: Code): error is CairnError<Code> {
  return error instanceof CairnError && error.code === code;
}

/** Every code that this package throws. */
export const PRIMITIVES_ERRORS = {
  BYTES_BASE64_MALFORMED: {
    meaning: 'A text is not base64 in its one canonical form.',
    remedy: 'Encode again with padding and without line breaks.',
  },
  BYTES_HEX_MALFORMED: {
    meaning: 'A text is not lowercase hex, or not of the expected length.',
    remedy: 'Send lowercase hex without a 0x prefix, two digits for each byte.',
  },
  BYTES_UTF8_MALFORMED: {
    meaning: 'Bytes that should be text are not valid UTF-8.',
    remedy: 'Encode the text as UTF-8.',
  },
} as const;
