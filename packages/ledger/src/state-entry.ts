import { CairnError, type Hash, type PublicKey, type UnixMs } from '@cairn/primitives';

/** One entry of the state as it is stored: ASCII key, canonical CBOR value. */
export interface StateEntry {
  readonly key: string;
  readonly value: Uint8Array;
}

/** A change of one entry; null removes it. */
export interface StateWrite {
  readonly key: string;
  readonly value: Uint8Array | null;
}

/** A key of the state, taken apart. */
export type StateKey =
  | { readonly kind: 'registration'; readonly feed: string; readonly device: PublicKey }
  | { readonly kind: 'trace'; readonly feed: string; readonly device: PublicKey }
  | { readonly kind: 'deferred'; readonly feed: string; readonly device: PublicKey; readonly seq: number }
  | {
      readonly kind: 'samples';
      readonly feed: string;
      readonly start: UnixMs;
      readonly group: string;
      readonly height: number;
    }
  | { readonly kind: 'closed'; readonly feed: string }
  | { readonly kind: 'leader'; readonly identityKey: PublicKey }
  | { readonly kind: 'batches'; readonly height: number }
  | { readonly kind: 'evidence'; readonly slot: string }
  | { readonly kind: 'votes'; readonly height: number }
  | { readonly kind: 'roster' };

/** The kinds' letters: the first part of a key. */
const LETTERS = {
  r: 'registration',
  t: 'trace',
  d: 'deferred',
  w: 'samples',
  c: 'closed',
  l: 'leader',
  b: 'batches',
  e: 'evidence',
  v: 'votes',
  m: 'roster',
} as const;

export const keyOf = {
  registration: (feed: string, device: PublicKey): string => `r/${feed}/${device}`,
  trace: (feed: string, device: PublicKey): string => `t/${feed}/${device}`,
  deferred: (feed: string, device: PublicKey, seq: number): string => `d/${feed}/${device}/${seq}`,
  samples: (feed: string, start: UnixMs, group: string, height: number): string =>
    `w/${feed}/${start}/${group}/${height}`,
  closed: (feed: string): string => `c/${feed}`,
  leader: (identityKey: PublicKey): string => `l/${identityKey}`,
  batches: (height: number): string => `b/${height}`,
  evidence: (slot: string): string => `e/${slot}`,
  votes: (height: number): string => `v/${height}`,
  roster: (): string => 'm/roster',
} as const;

const KEY_32 = /^[0-9a-f]{64}$/;
const DECIMAL = /^(0|[1-9][0-9]{0,15})$/;

/** @throws LEDGER_STATE_MALFORMED unless `key` is one that `keyOf` makes. */
export function parseKey(key: string): StateKey {
  const [letter, first, ...rest] = key.split('/');
  const kind = LETTERS[letter as keyof typeof LETTERS];
  if (kind === undefined || first === undefined) return refuseState('a known kind of key');
  const [second, third, fourth] = rest;
  const partCount = rest.length;
  switch (kind) {
    case 'registration':
    case 'trace':
      return { kind, feed: first, device: partCount === 1 ? toKey(second) : refuseState('feed and device') };
    case 'deferred':
      return {
        kind,
        feed: first,
        device: toKey(second),
        seq: partCount === 2 ? toInteger(third) : refuseState('a seq'),
      };
    case 'samples':
      if (partCount !== 3 || third === undefined) return refuseState('feed, window, group and height');
      return { kind, feed: first, start: toInteger(second), group: third, height: toInteger(fourth) };
    case 'closed':
      return partCount === 0 ? { kind, feed: first } : refuseState('a feed');
    case 'leader':
      return partCount === 0 ? { kind, identityKey: toKey(first) } : refuseState('an identity key');
    case 'batches':
    case 'votes':
      return partCount === 0 ? { kind, height: toInteger(first) } : refuseState('a height');
    case 'roster':
      return partCount === 0 && first === 'roster' ? { kind } : refuseState('the roster');
    case 'evidence':
      return partCount === 3
        ? { kind, slot: [first, ...rest].join('/') }
        : refuseState('epoch, member, kind and height');
  }
}

function toKey(text: string | undefined): PublicKey {
  return text !== undefined && KEY_32.test(text) ? (text as PublicKey) : refuseState('a key of 32 bytes');
}

function toInteger(text: string | undefined): number {
  const value = text !== undefined && DECIMAL.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? value : refuseState('a decimal integer');
}

/** @throws LEDGER_STATE_MALFORMED always. */
export function refuseState(what: string): never {
  throw new CairnError('LEDGER_STATE_MALFORMED', `expected ${what}`, { expected: what });
}

/** Where a state stands: from the header of the block that made it. */
export interface StateMeta {
  readonly height: number;
  readonly time: UnixMs;
  readonly stateHash: Hash;
}
