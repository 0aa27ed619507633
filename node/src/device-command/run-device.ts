import { setTimeout as sleep } from 'node:timers/promises';
import type { DeviceHost } from '@cairn/device';
import type { FeedDefinition } from '@cairn/protocol';
import { type CommandIo, commandError, EXIT } from '../commands/command-io.ts';
import { trustOf } from '../verify-command/trust-option.ts';
import { readCsv } from './csv-readings.ts';
import { cellOption, columnsOption, numberOption, ownerOption, type RunDeviceOptions } from './device-options.ts';
import { Fleet, type FleetOptions } from './fleet.ts';
import { HostSource } from './host-source.ts';
import { loadKey } from './key-file.ts';
import { type NetworkFacts, networkFacts } from './network-facts.ts';
import { Progress } from './progress.ts';
import type { ReadingSource } from './reading-source.ts';
import { ReplaySource } from './replay-source.ts';
import { SimulateSource } from './simulate-source.ts';

/** Readings that may wait for the disk at the same time. */
const UNWRITTEN_MAX = 64;
const DAY_MS = 86_400_000;
/** What a timer can wait. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** The machine's own clock, chance and network. */
export const processHost: DeviceHost = {
  nowMs: () => Date.now(),
  sleep: async (ms, signal) => {
    if (ms > 0) await sleep(Math.min(ms, TIMER_MS_MAX), undefined, { signal }).catch(() => {});
  },
  random: () => Math.random(),
  fetch: (...request) => fetch(...request),
};

/**
 * Runs devices from a source until it ends, `--count` is reached or `signal` aborts.
 * @param file of the replay source. @returns 0; 3 when the network refused readings; 1 when some are unsent at the end.
 * @throws COMMAND_*, DEVICE_*, VERIFY_TRUST_*
 */
export async function runDevice(
  file: string | undefined,
  options: RunDeviceOptions,
  dependencies: { readonly io: CommandIo; readonly signal: AbortSignal; readonly host?: DeviceHost },
): Promise<number> {
  const { io, signal, host = processHost } = dependencies;
  const countMax = countOf(options);
  const drainMs = numberOption('drain', options.drain, { min: 0, max: 86_400 }) * 1000;
  const gateways = options.gateway.split(',').map((url) => url.trim());
  const known = { ...(options.networkId === undefined ? {} : { expected: options.networkId }), clock: host, signal };
  const facts = await networkFacts(gateways, { ...known, say: io.say });
  if (facts === undefined) return EXIT.done;
  const feed = feedOf(facts, options.feed);
  const source = await sourceOf(file, options, feed, host);
  const fleetOptions = await fleetOptionsOf(options, feed, gateways);
  const fleet = await Fleet.open(source.stations, { facts, feed }, fleetOptions, { host });
  const progress = new Progress(io, fleet, { isJson: options.json === true, host });
  try {
    progress.started({ source: source.title, feed: feed.id, networkId: facts.networkId });
    await pump(source, fleet, { countMax, signal, progress });
    if (!signal.aborted) await drained(fleet, drainMs, signal, host);
  } finally {
    progress.stop();
    await fleet.close();
  }
  progress.finished();
  if (Object.keys(fleet.counts.lost).length > 0) return EXIT.refused;
  return fleet.queued > 0 && !signal.aborted ? EXIT.failed : EXIT.done;
}

function feedOf({ feeds }: NetworkFacts, id: string): FeedDefinition {
  const feed = feeds.find((entry) => entry.id === id);
  if (feed !== undefined) return feed;
  throw commandError('COMMAND_FEED_UNKNOWN', `no feed ${id}; there are ${feeds.map((entry) => entry.id).join(', ')}`);
}

async function sourceOf(
  file: string | undefined,
  options: RunDeviceOptions,
  feed: FeedDefinition,
  clock: DeviceHost,
): Promise<ReadingSource> {
  const intervalMs = numberOption('interval', options.interval, { min: 0.01, max: 86_400 }) * 1000;
  if ((file === undefined) === (options.source === 'replay')) {
    throw commandError('COMMAND_OPTION_INVALID', 'a FILE goes with --source replay, and only with it');
  }
  switch (options.source) {
    case 'host':
      return new HostSource(feed.channels, { intervalMs }, { clock });
    case 'simulate': {
      const devices = numberOption('devices', options.devices, { min: 1, max: 1000 });
      const spoofers = numberOption('spoofers', options.spoofers, { min: 0, max: devices });
      const seed = numberOption('seed', options.seed, { min: 0, max: 2 ** 32 });
      return new SimulateSource(feed.channels, { intervalMs, devices, spoofers, seed }, { clock });
    }
    case 'replay': {
      const mapping = columnsOption(
        options,
        feed.channels.map(({ name }) => name),
      );
      const { rows } = await readCsv(file as string, mapping, feed.channels);
      const speed = numberOption('speed', options.speed, { min: 0.001, max: DAY_MS });
      return new ReplaySource(rows, { speed, loop: options.loop === true }, { clock });
    }
  }
}

async function fleetOptionsOf(
  options: RunDeviceOptions,
  feed: FeedDefinition,
  gateways: readonly string[],
): Promise<FleetOptions> {
  const { key, registrar: registrarFile, networkId, settle } = options;
  const registrar = registrarFile === undefined ? undefined : await loadKey(registrarFile);
  if (registrarFile !== undefined && registrar === undefined) {
    throw commandError('COMMAND_INPUT_MISSING', `no registrar key at ${registrarFile}`);
  }
  if (options.register && registrar === undefined && !feed.open) {
    const why = `feed ${feed.id} is not open: give --registrar, or --no-register when the devices are registered`;
    throw commandError('COMMAND_OPTION_INVALID', why);
  }
  const cell = cellOption(options.cell);
  const trust =
    settle === 'certified' ? await trustOf(networkId ? { networkId } : {}, gateways[0] as string) : undefined;
  return {
    gateways,
    directory: options.data,
    settle,
    registration: options.register ? { registrar, owner: ownerOption(options.owner) } : null,
    ...(key === undefined ? {} : { keyFile: key }),
    ...(cell === undefined ? {} : { cell }),
    ...(trust === undefined ? {} : { trust }),
  };
}

function countOf({ count }: RunDeviceOptions): number {
  return count === undefined ? Number.POSITIVE_INFINITY : numberOption('count', count, { min: 1, max: 1e9 });
}

/** From source to stores; a slow disk holds the source back. */
async function pump(
  source: ReadingSource,
  fleet: Fleet,
  run: { readonly countMax: number; readonly signal: AbortSignal; readonly progress: Progress },
): Promise<void> {
  const unwritten = new Set<Promise<void>>();
  let failure: unknown;
  let count = 0;
  for await (const reading of source.readings(run.signal)) {
    const written = fleet
      .report(reading)
      .catch((error: unknown) => {
        failure ??= error;
      })
      .finally(() => unwritten.delete(written));
    unwritten.add(written);
    if (unwritten.size >= UNWRITTEN_MAX) await Promise.race(unwritten);
    if (failure !== undefined || ++count >= run.countMax) break;
  }
  await Promise.all(unwritten);
  if (failure !== undefined) throw failure;
}

async function drained(fleet: Fleet, withinMs: number, signal: AbortSignal, host: DeviceHost): Promise<void> {
  const deadlineMs = host.nowMs() + withinMs;
  while (fleet.queued > 0 && host.nowMs() < deadlineMs && !signal.aborted) await host.sleep(50, signal);
}
