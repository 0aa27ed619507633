import type { PublicKey } from '@cairn/primitives';
import { bool, type Codec, int, list, nullable, oneOf, publicKey, struct, text, uint } from './codec.ts';
import {
  CHANNEL_NAME_PATTERN,
  CHANNELS_MAX,
  FEED_DURATION_MS_MAX,
  FEED_GROUPS_MAX,
  FEED_ID_PATTERN,
  REGISTRARS_MAX,
  WINDOW_SAMPLES_MAX,
} from './limits.ts';

/** Order frozen: the position is the code on the wire. */
export const AGGREGATE_KINDS = [
  'median',
  'mean',
  'energetic-mean',
  'min',
  'max',
  'sum',
  'count',
  'p05',
  'p10',
  'p25',
  'p75',
  'p90',
  'p95',
  'p99',
  'dispersion',
] as const;
export type AggregateKind = (typeof AGGREGATE_KINDS)[number];

/** One reading of a report. */
export interface ChannelDefinition {
  readonly name: string;
  /** UCUM where it exists, e.g. `ug/m3`, `Cel`, `dB`. */
  readonly unit: string;
  /** value = n * 10^exponent. */
  readonly exponent: number;
  /** Scaled bounds, both included; outside them the report is refused. */
  readonly min: number;
  readonly max: number;
  /** Largest plausible change to the accepted neighbour in observedAt, scaled units per minute; null: any. */
  readonly stepPerMinuteMax: number | null;
  readonly aggregates: readonly AggregateKind[];
}

/** Rules of one feed; part of the genesis document, later changed by governance only. */
export interface FeedDefinition {
  readonly id: string;
  readonly title: string;
  readonly channels: readonly ChannelDefinition[];
  readonly windowMs: number;
  /** How long after a window's end late reports are still taken. */
  readonly graceMs: number;
  /** A report older than this at the block's time is stale. */
  readonly freshnessMs: number;
  /** Fewer devices yield a result that says so, never a number. */
  readonly devicesMin: number;
  /** Outliers beyond factor * MAD from the median are left out; in thousandths; null: no filter. */
  readonly madFactorMilli: number | null;
  /** Results are grouped by the report's (or the registration's) cell at this H3 resolution; null: one group ''. */
  readonly groupResolution: number | null;
  readonly registrars: readonly PublicKey[];
  /** Any key registers itself; results say so. */
  readonly open: boolean;
  /** The only groups that the feed may have; null: any, within the limit. An open feed with groups must name them. */
  readonly groupsAllowed: readonly string[] | null;
  /** Reports of one device that one window takes, so that a flood does not outweigh its neighbours. */
  readonly deviceReportsMax: number;
  /** Fastest plausible move, in grid steps between cells of `groupResolution`; null: any. */
  readonly moveCellsPerHourMax: number | null;
}

const channel: Codec<ChannelDefinition> = struct({
  name: text(32, CHANNEL_NAME_PATTERN),
  unit: text(32),
  exponent: int,
  min: int,
  max: int,
  stepPerMinuteMax: nullable(uint()),
  aggregates: list(oneOf(AGGREGATE_KINDS), AGGREGATE_KINDS.length, 1),
});

export const feedCodec: Codec<FeedDefinition> = struct({
  id: text(32, FEED_ID_PATTERN),
  title: text(128),
  channels: list(channel, CHANNELS_MAX, 1),
  windowMs: uint(FEED_DURATION_MS_MAX),
  graceMs: uint(FEED_DURATION_MS_MAX),
  freshnessMs: uint(FEED_DURATION_MS_MAX),
  devicesMin: uint(1_000_000),
  madFactorMilli: nullable(uint(1_000_000)),
  groupResolution: nullable(uint(15)),
  registrars: list(publicKey, REGISTRARS_MAX),
  open: bool,
  groupsAllowed: nullable(list(text(32), FEED_GROUPS_MAX)),
  deviceReportsMax: uint(WINDOW_SAMPLES_MAX),
  moveCellsPerHourMax: nullable(uint(1_000_000)),
});
