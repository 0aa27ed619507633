import { hostname } from 'node:os';
import type { ChannelDefinition, FeedDefinition } from '@cairn/protocol';
import { commandError } from '../commands/command-io.ts';
import { type HostSample, sampleHost } from './host-readers.ts';
import type { ReadingSource, SourceClock, StationReading } from './reading-source.ts';
import { scaleNumber } from './scale-value.ts';

interface HostChannel {
  /** UCUM. */
  readonly unit: string;
  readonly exponent: number;
  /** Bounds of a feed that carries it, scaled. */
  readonly min: number;
  readonly max: number;
  /** @returns undefined when this machine has no such reading. */
  readonly read: (now: HostSample, before: HostSample) => number | undefined;
}

/** What this machine can report, by channel name. */
export const HOST_CHANNELS: Readonly<Record<string, HostChannel>> = {
  load1: { unit: '1', exponent: -2, min: 0, max: 1_000_000, read: ({ load }) => load[0] },
  load5: { unit: '1', exponent: -2, min: 0, max: 1_000_000, read: ({ load }) => load[1] },
  load15: { unit: '1', exponent: -2, min: 0, max: 1_000_000, read: ({ load }) => load[2] },
  cpu_used: { unit: '%', exponent: -1, min: 0, max: 1000, read: cpuUsed },
  memory_used: { unit: '%', exponent: -1, min: 0, max: 1000, read: ({ memoryUsedPercent }) => memoryUsedPercent },
  temperature: { unit: 'Cel', exponent: -1, min: -1000, max: 2000, read: ({ temperature }) => temperature },
  network_rx: { unit: 'By/s', exponent: 0, min: 0, max: 1e12, read: rate(({ network }) => network?.received) },
  network_tx: { unit: 'By/s', exponent: 0, min: 0, max: 1e12, read: rate(({ network }) => network?.sent) },
  network_rx_total: { unit: 'By', exponent: 0, min: 0, max: 2 ** 53 - 1, read: ({ network }) => network?.received },
  network_tx_total: { unit: 'By', exponent: 0, min: 0, max: 2 ** 53 - 1, read: ({ network }) => network?.sent },
  uptime: { unit: 's', exponent: 0, min: 0, max: 1e10, read: ({ uptimeSeconds }) => uptimeSeconds },
};

/** This machine's real load, memory, temperature and network counters. One station. */
export class HostSource implements ReadingSource {
  readonly title: string;
  readonly stations: readonly string[];
  readonly #channels: readonly (HostChannel & { readonly name: string })[];
  readonly #intervalMs: number;
  readonly #clock: SourceClock;
  readonly #sample: (atMs: number) => HostSample;

  /** @throws COMMAND_CHANNEL_UNKNOWN when this machine has no reading for a channel of the feed */
  constructor(
    channels: readonly ChannelDefinition[],
    options: { readonly intervalMs: number; readonly station?: string },
    dependencies: { readonly clock: SourceClock; readonly sample?: (atMs: number) => HostSample },
  ) {
    this.#clock = dependencies.clock;
    this.#sample = dependencies.sample ?? sampleHost;
    this.#intervalMs = options.intervalMs;
    const now = this.#sample(this.#clock.nowMs());
    this.#channels = channels.map(({ name, exponent }) => {
      const channel = HOST_CHANNELS[name];
      if (channel === undefined) {
        const known = Object.keys(HOST_CHANNELS).join(', ');
        throw commandError('COMMAND_CHANNEL_UNKNOWN', `no reading for channel ${name}; this machine has ${known}`);
      }
      if (channel.read(now, now) === undefined) {
        throw commandError('COMMAND_CHANNEL_UNKNOWN', `this machine tells no ${name}`);
      }
      return { ...channel, name, exponent };
    });
    this.stations = [options.station ?? hostname()];
    this.title = `this machine: ${channels.map(({ name }) => name).join(', ')}`;
  }

  async *readings(signal: AbortSignal): AsyncGenerator<StationReading> {
    let before = this.#sample(this.#clock.nowMs());
    for (let dueMs = before.atMs + this.#intervalMs; ; dueMs += this.#intervalMs) {
      await this.#clock.sleep(dueMs - this.#clock.nowMs(), signal);
      if (signal.aborted) return;
      const now = this.#sample(this.#clock.nowMs());
      const values = this.#channels.map(({ read, exponent }) => scaleNumber(read(now, before) ?? 0, exponent) ?? 0);
      before = now;
      yield { station: this.stations[0] as string, values, observedAt: now.atMs };
    }
  }
}

/** Feeds that this machine can fill, for a genesis document: `machine`, and `temperature` where there is a sensor. */
export function hostFeeds(sample: HostSample = sampleHost(0)): readonly FeedDefinition[] {
  const feed = (id: string, title: string, names: readonly string[]): FeedDefinition => ({
    id,
    title,
    channels: names.map((name) => {
      const { unit, exponent, min, max } = HOST_CHANNELS[name] as HostChannel;
      return { name, unit, exponent, min, max, stepPerMinuteMax: null, aggregates: ['median', 'mean', 'min', 'max'] };
    }),
    windowMs: 10_000,
    graceMs: 3000,
    freshnessMs: 120_000,
    devicesMin: 1,
    madFactorMilli: null,
    groupResolution: null,
    registrars: [],
    open: true,
    groupsAllowed: null,
    deviceReportsMax: 100,
    moveCellsPerHourMax: null,
  });
  const names = ['load1', 'cpu_used', 'memory_used', 'network_rx', 'network_tx'];
  const has = (name: string) => HOST_CHANNELS[name]?.read(sample, sample) !== undefined;
  const machine = feed('machine', 'Load, memory and network of machines', names.filter(has));
  return has('temperature') ? [machine, feed('temperature', 'Temperature of machines', ['temperature'])] : [machine];
}

function cpuUsed(now: HostSample, before: HostSample): number {
  const total = now.cpuTotalMs - before.cpuTotalMs;
  return total > 0 ? (100 * (now.cpuBusyMs - before.cpuBusyMs)) / total : 0;
}

/** Per second; a counter that was reset gives 0. */
function rate(counter: (sample: HostSample) => number | undefined) {
  return (now: HostSample, before: HostSample): number | undefined => {
    const [last, first] = [counter(now), counter(before)];
    if (last === undefined || first === undefined) return undefined;
    const seconds = (now.atMs - before.atMs) / 1000;
    return seconds > 0 ? Math.max(0, last - first) / seconds : 0;
  };
}
