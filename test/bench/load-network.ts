import { setTimeout as delay } from 'node:timers/promises';
import type { NetworkParameters } from '@cairn/protocol';
import { TestDevice } from '../../node/src/testing/test-network.ts';
import { LocalNetwork } from '../fixtures/local-network.ts';
import type { ProgressLine } from '../fixtures/node-process.ts';
import { tell } from './bench-run.ts';
import { type ProcessorTime, processorTime } from './processor-time.ts';

/** Registrations that one block takes for a feed, with room to spare. */
const REGISTRATIONS_AT_ONCE = 200;
const REGISTRATION_TIMEOUT_MS = 20_000;
const PARAMETERS: NetworkParameters = {
  blockIntervalMs: 250,
  viewTimeoutMs: 3000,
  viewTimeoutMsMax: 20_000,
  epochBlocks: 1000,
};

/** Four members as processes of this machine, and devices whose reports they take. Only for benchmarks. */
export class LoadNetwork {
  readonly network: LocalNetwork;
  readonly devices: readonly TestDevice[];

  private constructor(network: LocalNetwork, devices: readonly TestDevice[]) {
    this.network = network;
    this.devices = devices;
  }

  /** Starts the members and registers the devices. A signal ends what was started. */
  static async start(options: {
    readonly members: number;
    readonly devices: number;
    readonly profileDir: string | null;
  }): Promise<LoadNetwork> {
    tell(`starting ${options.members} members`);
    // Members inherit it, and their threads from them.
    if (options.profileDir !== null) process.env.NODE_OPTIONS = `--cpu-prof --cpu-prof-dir=${options.profileDir}`;
    const feed = { windowMs: 1000, graceMs: 10_000, deviceReportsMax: 16_384 };
    const network = await LocalNetwork.dealt(options.members, { parameters: PARAMETERS, feed });
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => void network.destroy().finally(() => process.exit(130)));
    }
    try {
      await network.startAll();
      const devices = Array.from({ length: options.devices }, (_, i) => new TestDevice(7000 + i, network.networkId));
      const load = new LoadNetwork(network, devices);
      await load.#register();
      return load;
    } catch (error) {
      await new LoadNetwork(network, []).stop();
      throw error;
    }
  }

  get members(): number {
    return this.network.ports.length;
  }

  /** Accepted reports in the blocks that member 0 saw certified so far. */
  attested(): number {
    return this.#blocks().reduce((sum, { reports }) => sum + Number(reports), 0);
  }

  /** Receipts of those blocks that were not `accepted`, by code. */
  refused(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const { receipts } of this.#blocks()) {
      for (const [code, count] of Object.entries(receipts as Record<string, number>)) {
        if (code !== 'accepted') counts[code] = (counts[code] ?? 0) + count;
      }
    }
    return counts;
  }

  height(): number {
    return Number(this.#blocks().at(-1)?.height ?? 0);
  }

  /** Of each member so far. */
  processorTimes(): readonly ProcessorTime[] {
    return [...this.network.processes.values()].map(({ pid }) => processorTime(pid as number));
  }

  /** Ends the members, and lets them write their profiles; says what one that ended by itself said last. */
  async stop(): Promise<void> {
    for (const [member, { isRunning, log }] of this.network.processes) {
      if (!isRunning) tell(`member ${member} has ended:\n${log.slice(-20).join('\n')}`);
    }
    await Promise.all([...this.network.processes.values()].map((child) => child.stop('SIGTERM')));
    await this.network.destroy();
  }

  #blocks(): readonly ProgressLine[] {
    return this.network.processes.get(0)?.lines.filter(({ event }) => event === 'block') ?? [];
  }

  async #register(): Promise<void> {
    const { network, devices } = this;
    tell(`registering ${devices.length} devices`);
    for (let first = 0; first < devices.length; first += REGISTRATIONS_AT_ONCE) {
      const wave = devices.slice(first, first + REGISTRATIONS_AT_ONCE);
      await Promise.all(
        wave.map((device, i) =>
          network.post(i % this.members, '/v1/registrations', device.registration(network.registrar)),
        ),
      );
      const deadlineMs = performance.now() + REGISTRATION_TIMEOUT_MS;
      while (this.#registered() < first + wave.length) {
        if (performance.now() > deadlineMs) throw new Error('the devices were not registered in time');
        await delay(50);
      }
    }
  }

  #registered(): number {
    return this.#blocks().reduce((sum, { receipts }) => sum + ((receipts as { accepted?: number }).accepted ?? 0), 0);
  }
}
