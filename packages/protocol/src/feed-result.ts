import type { UnixMs } from '@cairn/primitives';
import { bool, type Codec, fromBytes, int, int64, list, oneOf, struct, text, toBytes, uint } from './codec.ts';
import { AGGREGATE_KINDS, type AggregateKind } from './feed.ts';
import { CHANNEL_NAME_PATTERN, CHANNELS_MAX, FEED_ID_PATTERN } from './limits.ts';

/** `final`: numbers stand. `too-few-devices`: none do. Order frozen. */
export const RESULT_STATUSES = ['final', 'too-few-devices'] as const;
export type ResultStatus = (typeof RESULT_STATUSES)[number];

/** `value` is absent (code other than `ok`) where the number would leave int64. Order frozen. */
export const AGGREGATE_CODES = ['ok', 'overflow'] as const;

export interface Aggregate {
  readonly kind: AggregateKind;
  readonly code: (typeof AGGREGATE_CODES)[number];
  /** Scaled by the channel's exponent; 0 when the code is not `ok`. */
  readonly value: bigint;
}

export interface ChannelResult {
  readonly name: string;
  readonly exponent: number;
  /** Readings that passed the filter. */
  readonly count: number;
  readonly filtered: number;
  readonly aggregates: readonly Aggregate[];
}

/** What the network says of one feed, group and window: a leaf of the results tree (protocol section 6). */
export interface FeedResult {
  readonly feed: string;
  readonly group: string;
  readonly windowStart: UnixMs;
  readonly windowEnd: UnixMs;
  readonly status: ResultStatus;
  /** The feed takes any key that registers itself. */
  readonly open: boolean;
  readonly reports: number;
  readonly devices: number;
  /** Reports of which at least one channel was filtered out. */
  readonly filtered: number;
  /** Empty unless `final`. */
  readonly channels: readonly ChannelResult[];
}

const aggregate: Codec<Aggregate> = struct({
  kind: oneOf(AGGREGATE_KINDS),
  code: oneOf(AGGREGATE_CODES),
  value: int64,
});
const channelResult: Codec<ChannelResult> = struct({
  name: text(32, CHANNEL_NAME_PATTERN),
  exponent: int,
  count: uint(),
  filtered: uint(),
  aggregates: list(aggregate, AGGREGATE_KINDS.length),
});
export const feedResultCodec: Codec<FeedResult> = struct({
  feed: text(32, FEED_ID_PATTERN),
  group: text(32),
  windowStart: uint(),
  windowEnd: uint(),
  status: oneOf(RESULT_STATUSES),
  open: bool,
  reports: uint(),
  devices: uint(),
  filtered: uint(),
  channels: list(channelResult, CHANNELS_MAX),
});

export const FEED_RESULT_BYTES_MAX = 16 * 1024;

/** The bytes of the leaf. */
export function encodeFeedResult(result: FeedResult): Uint8Array {
  return toBytes(feedResultCodec, result);
}

/** @throws PROTOCOL_BYTES_EXCEEDED, PROTOCOL_CBOR_MALFORMED, PROTOCOL_SHAPE_INVALID */
export function decodeFeedResult(bytes: Uint8Array): FeedResult {
  return fromBytes(feedResultCodec, bytes, FEED_RESULT_BYTES_MAX);
}

/** Identifies a result in stores and URLs. */
export interface ResultKey {
  readonly feed: string;
  readonly group: string;
  readonly windowStart: UnixMs;
}
