import { CairnError } from '@cairn/primitives';
import type { ChannelResult, FeedResult } from './feed-result.ts';

/** A FeedResult as JSON: the same fields; aggregates as {kind, code, value}, values above 2^53 as strings. */
export interface FeedResultJson extends Omit<FeedResult, 'channels'> {
  readonly channels: readonly ChannelResultJson[];
}
export interface ChannelResultJson extends Omit<ChannelResult, 'aggregates'> {
  readonly aggregates: readonly { readonly kind: string; readonly code: string; readonly value: number | string }[];
}

export function feedResultToJson(result: FeedResult): FeedResultJson {
  return {
    ...result,
    channels: result.channels.map((channel) => ({
      ...channel,
      aggregates: channel.aggregates.map(({ kind, code, value }) => ({ kind, code, value: integerToJson(value) })),
    })),
  };
}

/** Shapes only the integers; the binary codec checks the rest. @throws PROTOCOL_JSON_INVALID */
export function feedResultFromJson(json: unknown): FeedResult {
  try {
    const result = json as FeedResultJson;
    const known = new Set(RESULT_FIELDS);
    const isExact = Object.keys(result).every((key) => known.has(key));
    if (!isExact) throw new CairnError('PROTOCOL_JSON_INVALID', 'a result has fields that are not known');
    return {
      ...result,
      channels: result.channels.map((channel) => ({
        ...channel,
        aggregates: channel.aggregates.map((aggregate) => ({
          ...aggregate,
          value: integerFromJson(aggregate.value),
        })),
      })),
    } as FeedResult;
  } catch (cause) {
    if (cause instanceof CairnError) throw cause;
    throw new CairnError('PROTOCOL_JSON_INVALID', 'not a result', {}, { cause });
  }
}

const RESULT_FIELDS = [
  'feed',
  'group',
  'windowStart',
  'windowEnd',
  'status',
  'open',
  'reports',
  'devices',
  'filtered',
  'channels',
];

/** A JSON number where it is exact, else a decimal string. */
export function integerToJson(value: bigint): number | string {
  const isSafe = value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER);
  return isSafe ? Number(value) : value.toString();
}

/** Accepts only what `integerToJson` writes. @throws PROTOCOL_JSON_INVALID */
export function integerFromJson(value: unknown): bigint {
  const integer =
    typeof value === 'number' && Number.isSafeInteger(value)
      ? BigInt(value)
      : typeof value === 'string' && /^-?[1-9][0-9]{0,19}$/.test(value)
        ? BigInt(value)
        : null;
  if (integer === null || integerToJson(integer) !== value) {
    throw new CairnError('PROTOCOL_JSON_INVALID', 'not an integer in its one JSON form');
  }
  return integer;
}
