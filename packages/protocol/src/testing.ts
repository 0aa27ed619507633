/** For tests and benches only: one constructor per thing, everything defaulted. */
import type { ChannelDefinition, FeedDefinition } from './feed.ts';

/** Particulate matter in tenths of ug/m3. */
export function channelFixture(parts: Partial<ChannelDefinition> = {}): ChannelDefinition {
  return {
    name: 'pm25',
    unit: 'ug/m3',
    exponent: -1,
    min: 0,
    max: 10_000,
    stepPerMinuteMax: null,
    aggregates: ['median', 'mean', 'count'],
    ...parts,
  };
}

/** A feed that anyone may register for; one that names registrars is closed unless it says otherwise. */
export function feedFixture(parts: Partial<FeedDefinition> = {}): FeedDefinition {
  return {
    id: 'air',
    title: 'Air quality',
    channels: [channelFixture()],
    windowMs: 60_000,
    graceMs: 5000,
    freshnessMs: 600_000,
    devicesMin: 1,
    madFactorMilli: null,
    groupResolution: null,
    deviceReportsMax: 1000,
    moveCellsPerHourMax: null,
    registrars: [],
    open: parts.registrars === undefined,
    groupsAllowed: null,
    ...parts,
  };
}
