import { join } from 'node:path';
import { Device, type DeviceHost, type DeviceKey, type DeviceObserver, type DeviceOptions } from '@cairn/device';
import { FileStore } from '@cairn/device/file-store';
import { CairnError, type Hash, hasCode, type PublicKey, toHex, utf8 } from '@cairn/primitives';
import { type FeedDefinition, SELF_REGISTRATION_MS_MAX } from '@cairn/protocol';
import { makeDirectory } from '@cairn/storage';
import type { TrustRoot } from '@cairn/verify';
import { commandError } from '../commands/command-io.ts';
import { loadOrMakeKey } from './key-file.ts';
import type { NetworkFacts } from './network-facts.ts';
import type { StationReading } from './reading-source.ts';

export const STATIONS_MAX = 1000;
const DAY_MS = 86_400_000;
/** Before now: replayed and delayed readings lie in the past. */
const REGISTERED_BEFORE_MS = 30 * DAY_MS;
const REGISTERED_AFTER_MS = 5 * 365 * DAY_MS;
/** A day short of what the rules allow, whatever the clocks say. */
const SELF_REGISTERED_AFTER_MS = SELF_REGISTRATION_MS_MAX - DAY_MS;
const REGISTER_RETRY_MS_MAX = 10_000;

export interface FleetOptions extends Partial<DeviceOptions> {
  readonly gateways: readonly string[];
  /** One directory for each station below it. */
  readonly directory: string;
  /** For a single station. */
  readonly keyFile?: string;
  readonly cell?: bigint;
  /** Null: registered already, by someone else. */
  readonly registration: { readonly registrar: DeviceKey | undefined; readonly owner: PublicKey | undefined } | null;
  readonly trust?: TrustRoot;
}

/** What has become of all readings so far. */
export interface FleetCounts {
  reported: number;
  settled: number;
  /** By the code that the network gave. */
  readonly lost: Record<string, number>;
  lastSettled: { readonly id: Hash; readonly device: PublicKey } | null;
  lastFailure: string | null;
}

/** One device for each station of a source: opened, registered and sending until the fleet is closed. */
export class Fleet {
  readonly counts: FleetCounts = { reported: 0, settled: 0, lost: {}, lastSettled: null, lastFailure: null };
  readonly #options: FleetOptions;
  readonly #host: DeviceHost;
  readonly #devices = new Map<string, Device>();
  readonly #stop = new AbortController();
  readonly #running: Promise<unknown>[] = [];

  private constructor(options: FleetOptions, host: DeviceHost) {
    this.#options = options;
    this.#host = host;
  }

  /** @throws COMMAND_OPTION_INVALID, DEVICE_* */
  static async open(
    stations: readonly string[],
    on: { readonly facts: NetworkFacts; readonly feed: FeedDefinition },
    options: FleetOptions,
    dependencies: { readonly host: DeviceHost },
  ): Promise<Fleet> {
    if (stations.length > STATIONS_MAX) throw commandError('COMMAND_OPTION_INVALID', `over ${STATIONS_MAX} stations`);
    if (options.keyFile !== undefined && stations.length !== 1) {
      throw commandError('COMMAND_OPTION_INVALID', `--key is for one station, and there are ${stations.length}`);
    }
    const fleet = new Fleet(options, dependencies.host);
    try {
      for (const station of stations) await fleet.#add(station, on);
    } catch (error) {
      await fleet.close();
      throw error;
    }
    return fleet;
  }

  get queued(): number {
    return [...this.#devices.values()].reduce((sum, device) => sum + device.queued, 0);
  }

  get devices(): ReadonlyMap<string, Device> {
    return this.#devices;
  }

  /** Signs and keeps a reading. @throws DEVICE_* */
  async report({ station, values, observedAt }: StationReading): Promise<void> {
    const { cell } = this.#options;
    await this.#devices
      .get(station)
      ?.report(cell === undefined ? { values, observedAt } : { values, observedAt, cell });
    this.counts.reported++;
  }

  /** Stops sending and closes all stores; what is unsent goes out after the next start. */
  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running);
    await Promise.all([...this.#devices.values()].map((device) => device.close()));
  }

  async #add(station: string, { facts, feed }: { readonly facts: NetworkFacts; readonly feed: FeedDefinition }) {
    const { directory, keyFile, registration, cell, gateways, trust, ...options } = this.#options;
    const home = join(directory, stationDirectory(station));
    const key = await loadOrMakeKey(keyFile ?? join(home, 'key.json'));
    const place = join(home, `${feed.id}-${facts.networkId.slice(0, 16)}`);
    makeDirectory(place);
    const store = new FileStore(place);
    const config = { ...options, key, networkId: facts.networkId, feed: feed.id, gateways };
    const observer = this.#observer(key.publicKey);
    const device = await Device.open(trust ? { ...config, trust } : config, { store, host: this.#host, observer });
    this.#devices.set(station, device);
    this.#running.push(registration === null ? device.run(this.#stop.signal) : this.#registerAndRun(device));
  }

  /** Reports may be refused as of an unknown device until the registration stands in a block: they are tried again. */
  async #registerAndRun(device: Device): Promise<void> {
    const { signal } = this.#stop;
    for (let retryMs = 250; !signal.aborted; retryMs = Math.min(REGISTER_RETRY_MS_MAX, 2 * retryMs)) {
      try {
        await this.#register(device);
        break;
      } catch (error) {
        if (!(error instanceof CairnError)) throw error;
        this.counts.lastFailure = error.message;
        if (hasCode(error, 'DEVICE_REGISTRATION_INVALID')) this.#count('registration-refused');
      }
      await this.#host.sleep(retryMs, signal);
    }
    await device.run(signal);
  }

  async #register(device: Device): Promise<void> {
    const { registrar, owner } = this.#options.registration ?? {};
    const nowMs = this.#host.nowMs();
    const body = {
      owner: owner ?? device.publicKey,
      cell: this.#options.cell ?? null,
      notBefore: nowMs - REGISTERED_BEFORE_MS,
      notAfter: nowMs + (registrar === undefined ? SELF_REGISTERED_AFTER_MS : REGISTERED_AFTER_MS),
    };
    await device.register(body, registrar ? { registrar, signal: this.#stop.signal } : { signal: this.#stop.signal });
  }

  #observer(device: PublicKey): DeviceObserver {
    return {
      settled: (reports) => {
        this.counts.settled += reports.length;
        const last = reports.at(-1);
        if (last !== undefined) this.counts.lastSettled = { id: last.id, device };
        this.counts.lastFailure = null;
      },
      lost: (_, error) => this.#count(String(error.meta.code ?? error.code)),
      failed: (error) => {
        this.counts.lastFailure = error.message;
      },
    };
  }

  #count(code: string): void {
    this.counts.lost[code] = (this.counts.lost[code] ?? 0) + 1;
  }
}

/** A station's name as a directory: itself where that is harmless, else in hex. */
export function stationDirectory(station: string): string {
  return /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$/.test(station)
    ? `station-${station}`
    : `hex-${toHex(utf8(station)).slice(0, 200)}`;
}
