import type { AggregateKind, ChannelDefinition, FeedDefinition } from '@cairn/protocol';
import { hostFeeds } from '../device-command/host-source.ts';

export const AIR_FEED = 'air-quality';

const STATISTICS: readonly AggregateKind[] = ['median', 'mean', 'min', 'max', 'dispersion', 'count'];
/** Short, so that the first result is there before a newcomer has read the screen. */
const WINDOW_MS = 5000;
const GRACE_MS = 1000;

/** @returns what this machine can tell of itself, and the air quality of a file that may be played, now or at a later start. */
export function devnetFeeds(): readonly FeedDefinition[] {
  const host = hostFeeds().map((feed) => ({ ...feed, windowMs: WINDOW_MS, graceMs: GRACE_MS, deviceReportsMax: 1000 }));
  return [...host, airFeed];
}

/** PurpleAir's columns. */
const airFeed: FeedDefinition = {
  id: AIR_FEED,
  title: 'Particulate matter, temperature, humidity and pressure of outdoor stations',
  channels: [
    channel('pm25_a', 'ug/m3', -2, 0, 1000),
    channel('pm25_b', 'ug/m3', -2, 0, 1000),
    channel('temperature_f', '[degF]', -3, -100, 200),
    channel('humidity', '%', -1, 0, 100),
    channel('pressure', 'mbar', -3, 800, 1100),
  ],
  windowMs: WINDOW_MS,
  graceMs: GRACE_MS,
  freshnessMs: 10 * 60_000,
  devicesMin: 1,
  madFactorMilli: 5000,
  groupResolution: null,
  registrars: [],
  open: true,
  groupsAllowed: null,
  deviceReportsMax: 1000,
  moveCellsPerHourMax: null,
};

/** @param min, max in whole units. */
function channel(name: string, unit: string, exponent: number, min: number, max: number): ChannelDefinition {
  const scale = 10 ** -exponent;
  return {
    name,
    unit,
    exponent,
    min: Math.round(min * scale),
    max: Math.round(max * scale),
    stepPerMinuteMax: null,
    aggregates: STATISTICS,
  };
}
