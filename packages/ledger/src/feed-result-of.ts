import type { UnixMs } from '@cairn/primitives';
import type { ChannelDefinition, ChannelResult, FeedDefinition, FeedResult } from '@cairn/protocol';
import { aggregate } from './aggregate.ts';
import type { Sample } from './open-window.ts';
import { inlierBounds } from './outliers.ts';

/** What the network says of a closed window. The order of `samples` makes no difference. */
export function feedResultOf(
  feed: FeedDefinition,
  window: { readonly group: string; readonly start: UnixMs },
  samples: readonly Sample[],
): FeedResult {
  const devices = new Set(samples.map(({ device }) => device)).size;
  const head = {
    feed: feed.id,
    group: window.group,
    windowStart: window.start,
    windowEnd: window.start + feed.windowMs,
    open: feed.open,
    reports: samples.length,
    devices,
  };
  // "A window with too few devices yields a result that says so, never a number."
  if (devices < feed.devicesMin) return { ...head, status: 'too-few-devices', filtered: 0, channels: [] };
  const outliers = new Uint8Array(samples.length);
  const channels = feed.channels.map((channel, index) => {
    const values = Float64Array.from(samples, (sample) => sample.values[index] as number);
    return channelResultOf(channel, { values, factorMilli: feed.madFactorMilli, outliers });
  });
  const filtered = outliers.reduce((sum, flag) => sum + flag, 0);
  return { ...head, status: 'final', filtered, channels };
}

/** @param input.values by sample; flags in `outliers` the samples that it filters. */
function channelResultOf(
  channel: ChannelDefinition,
  input: { readonly values: Float64Array; readonly factorMilli: number | null; readonly outliers: Uint8Array },
): ChannelResult {
  const { name, exponent, aggregates } = channel;
  const sorted = input.values.slice().sort();
  const inliers = input.factorMilli === null ? sorted : withoutOutliers(sorted, input);
  return {
    name,
    exponent,
    count: inliers.length,
    filtered: sorted.length - inliers.length,
    aggregates: aggregates.map((kind) => aggregate(kind, inliers, exponent)),
  };
}

function withoutOutliers(
  sorted: Float64Array,
  input: { readonly values: Float64Array; readonly factorMilli: number | null; readonly outliers: Uint8Array },
): Float64Array {
  const { low, high } = inlierBounds(sorted, input.factorMilli as number);
  input.values.forEach((value, i) => {
    if (value < low || value > high) input.outliers[i] = 1;
  });
  return sorted.subarray(sorted.indexOf(low), sorted.lastIndexOf(high) + 1);
}
