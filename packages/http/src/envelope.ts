import { RULES_VERSION } from '@cairn/protocol';

/** What every JSON answer is wrapped in. */
export interface Envelope<T> {
  readonly data: T;
  /** Version of the rules. */
  readonly version: number;
  /** The committee has signed it: it cannot change. */
  readonly finalized: boolean;
  /** A checkpoint on the anchor chain covers it. */
  readonly anchored: boolean;
}

export function envelope<T>(
  data: T,
  flags: { readonly finalized: boolean; readonly anchored: boolean } = { finalized: false, anchored: false },
): Envelope<T> {
  return { data, version: RULES_VERSION, ...flags };
}
