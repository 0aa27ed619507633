import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LocalNetwork } from '../fixtures/local-network.ts';
import { NodeProcess } from '../fixtures/node-process.ts';
import { NamespaceWiring } from './namespace-wiring.ts';
import type { Abilities } from './plan.ts';
import { RelayWiring } from './relay-wiring.ts';
import { SmallDisk } from './small-disk.ts';
import type { Wiring } from './wiring.ts';

const MEMBERS = [0, 1, 2, 3];
/** Of a member or an aggregator, on a machine that does much else. */
const START_MS = 90_000;
const AGGREGATOR_ARGS = ['--http-listen', '127.0.0.1:0', '--rpc-url', 'none', '--log-format', 'json', '--json'];

/** Four members, an aggregator that follows them, and what joins them: all can be hurt. */
export class FaultNetwork {
  readonly network: LocalNetwork;
  readonly wiring: Wiring;
  readonly smallDisk: SmallDisk | null;
  aggregator: NodeProcess | undefined;

  private constructor(network: LocalNetwork, wiring: Wiring, smallDisk: SmallDisk | null) {
    this.network = network;
    this.wiring = wiring;
    this.smallDisk = smallDisk;
  }

  /** Made, not started. */
  static async create(seed: number, { wiring: name, smallDiskMember }: Abilities): Promise<FaultNetwork> {
    const network = await LocalNetwork.dealt(MEMBERS.length, { seed });
    try {
      const isRelayed = name === 'relay';
      const wiring = isRelayed
        ? await RelayWiring.open(MEMBERS.length, seed)
        : await NamespaceWiring.open(MEMBERS.length);
      const smallDisk = smallDiskMember === null ? null : new SmallDisk(network.dataDir(smallDiskMember));
      const made = new FaultNetwork(network, wiring, smallDisk);
      for (const member of MEMBERS) made.#configure(member);
      return made;
    } catch (error) {
      await network.destroy();
      throw error;
    }
  }

  get archiveDir(): string {
    return join(this.#aggregatorDir, 'archive');
  }

  get #aggregatorDir(): string {
    return join(this.network.root, 'aggregator');
  }

  async startAll(): Promise<void> {
    await Promise.all(MEMBERS.map((member) => this.start(member)));
    await this.startAggregator();
  }

  /** Waits until it is ready. */
  async start(member: number): Promise<void> {
    await this.network.start(member, this.wiring.listenArgs(member));
  }

  /** Does not wait. */
  launch(member: number): NodeProcess {
    return this.network.launch(member, this.wiring.listenArgs(member));
  }

  async startAggregator(): Promise<void> {
    const sources = MEMBERS.map((member) => this.wiring.httpUrl(member)).join(',');
    const genesis = join(this.network.dataDir(0), 'genesis.json');
    const args = ['aggregator', '--data', this.#aggregatorDir, '--genesis', genesis, '--sources', sources];
    this.aggregator = new NodeProcess([...args, ...AGGREGATOR_ARGS]);
    await this.aggregator.event('ready', START_MS);
  }

  isRunning(member: number): boolean {
    return this.network.processes.get(member)?.isRunning === true;
  }

  /** The last lines of all logs, for whoever looks into a failure. */
  logTails(lines: number): string {
    const all: [string, NodeProcess | undefined][] = MEMBERS.map((i) => [`member ${i}`, this.network.processes.get(i)]);
    all.push(['aggregator', this.aggregator]);
    const tail = (child: NodeProcess | undefined) =>
      (child?.log ?? []).filter((line) => !line.includes('"block certified"')).slice(-lines);
    return all.map(([name, child]) => [`${name}:`, ...tail(child)].join('\n  ')).join('\n');
  }

  /** Ends all processes, and takes links and mounts away. */
  async stop(): Promise<void> {
    await Promise.all([...this.network.processes.values(), this.aggregator].map((child) => child?.stop('SIGKILL')));
    await this.wiring.close();
  }

  async destroy(): Promise<void> {
    await this.stop();
    this.smallDisk?.unmount();
    await this.network.destroy();
  }

  #configure(member: number): void {
    this.network.launchers.set(member, this.wiring.launcher(member));
    const entries = [...this.wiring.peerAddresses(member)].map(([other, address]) => [`node-${other}`, [address]]);
    const settings = { schemaVersion: 1, p2p: { peers: Object.fromEntries(entries) }, cryptoThreads: 1 };
    // JSON is YAML
    writeFileSync(join(this.network.dataDir(member), 'node.yaml'), JSON.stringify(settings));
  }
}
