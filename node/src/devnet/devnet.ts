import { quorumOf } from '@cairn/primitives';
import { type Genesis, networkIdOf } from '@cairn/protocol';
import { runCeremony, tellWarning } from './ceremony.ts';
import { DevnetData, memberName } from './devnet-data.ts';
import { AIR_FEED, devnetFeeds } from './devnet-feeds.ts';
import { DevnetModel } from './devnet-model.ts';
import { initialDevnetState } from './devnet-state.ts';
import { type Kept, keepRunning } from './keeper.ts';
import type { DevnetOptions } from './options.ts';
import { OwnReports } from './own-reports.ts';
import { choosePorts } from './ports.ts';
import { type ChildSpec, ProcessGroup } from './process-group.ts';
import {
  aggregatorSpec,
  chainSpec,
  configureMember,
  type DeviceProgram,
  deviceSpec,
  localUrl,
  memberSpec,
  type ProgramContext,
} from './programs.ts';
import { Watcher } from './watcher.ts';

const NETWORK_NAME = 'devnet';
const BLOCK_INTERVAL_MS = 250;
/** Ten minutes of data in one second: the file's stations report about once a second each. */
const REPLAY_SPEED = 600;

/** A whole network on this machine: members, chain, aggregator and devices, each a process. */
export class Devnet {
  readonly model: DevnetModel;
  readonly group = new ProcessGroup();
  readonly ownReports = new OwnReports();
  readonly #options: DevnetOptions;
  readonly #failure = Promise.withResolvers<never>();
  #data: DevnetData | undefined;
  #watcher: Watcher | undefined;
  #context: ProgramContext | undefined;

  constructor(options: DevnetOptions) {
    this.#options = options;
    const { nodes, dataDir } = options;
    const memberNames = Array.from({ length: nodes }, (_, index) => memberName(index));
    const threshold = quorumOf(nodes).certified;
    const now = Date.now();
    this.model = new DevnetModel(
      initialDevnetState({ now, networkName: NETWORK_NAME, threshold, dataDir, memberNames }),
      {
        now: () => Date.now(),
      },
    );
    this.#failure.promise.catch(() => {});
  }

  /** Rejects when a process that is needed does not stay up. */
  get failed(): Promise<never> {
    return this.#failure.promise;
  }

  /** Where its files and processes are; only after `start`. */
  get context(): ProgramContext {
    if (this.#context === undefined) throw new Error('the devnet has not started');
    return this.#context;
  }

  /** Resolves with the genesis document when every process was started. @throws DEVNET_*, STORAGE_* */
  async start(): Promise<Genesis> {
    const { nodes, dataDir, isClean, portBase } = this.#options;
    const ports = await choosePorts(portBase, nodes);
    const feeds = devnetFeeds();
    const plan = { networkName: NETWORK_NAME, nodes, feeds, blockIntervalMs: BLOCK_INTERVAL_MS, p2pPorts: ports.p2p };
    const data = DevnetData.open(dataDir, plan, { isClean });
    this.#data = data;
    const context = { data, ports };
    this.#context = context;
    for (let index = 0; index < nodes; index++) configureMember(context, index);
    const genesis = await this.#key(context);
    this.model.set({ phase: 'starting', links: linksOf(context, genesis) });
    this.#startProcesses(context, genesis);
    return genesis;
  }

  /** Ends every process; more than once is fine. */
  async stop(): Promise<void> {
    this.model.set({ phase: 'stopping' });
    this.#watcher?.stop();
    await this.group.stop();
    this.#data?.close();
    this.#data = undefined;
  }

  async #key(context: ProgramContext): Promise<Genesis> {
    const known = context.data.genesis();
    if (known === null) return runCeremony(context, { group: this.group, model: this.model });
    this.model.set({ isKeyFromEarlierStart: true, groupKey: known.groupKey, networkId: networkIdOf(known) });
    for (let index = 0; index < context.data.nodes; index++) this.model.setMember(index, { ceremony: 'done' });
    return known;
  }

  #startProcesses(context: ProgramContext, genesis: Genesis): void {
    const networkId = networkIdOf(genesis);
    this.#keep(chainSpec(context));
    const members = genesis.members.map((_, index) => this.#keep(memberSpec(context, index, ['run'])));
    this.#keep(aggregatorSpec(context, { networkId, anchorInterval: this.#options.anchorInterval }));
    this.#devices(genesis).forEach((device, index) => {
      this.#keep({ ...deviceSpec(context, device, index), onOutput: (line) => this.ownReports.take(line) });
    });
    const nodeUrls = context.ports.http.map(localUrl);
    const isAlive = (index: number): boolean => members[index]?.isAlive() ?? false;
    const { model } = this;
    this.#watcher = new Watcher({ nodeUrls, aggregatorUrl: localUrl(context.ports.aggregator) }, { model, isAlive });
    this.#watcher.start();
  }

  #keep(spec: ChildSpec): Kept {
    const { model, group } = this;
    const kept = keepRunning(
      { onLog: (line) => tellWarning(model, spec.name, line), ...spec },
      { group, onEnd: (name, why) => model.warn(name, `${why}; it is started again`) },
    );
    kept.failed.catch(this.#failure.reject);
    return kept;
  }

  #devices(genesis: Genesis): readonly DeviceProgram[] {
    const { devices, replayFile } = this.#options;
    const networkId = networkIdOf(genesis);
    const hostFeeds = genesis.feeds.map(({ id }) => id).filter((id) => id !== AIR_FEED);
    const host = Array.from({ length: devices }, (_, index) =>
      hostFeeds.map((feed) => ({
        name: `${feed}-${index}`,
        feed,
        networkId,
        source: ['--source', 'host'],
      })),
    ).flat();
    if (replayFile === null) return host;
    const source = [
      replayFile,
      '--source',
      'replay',
      '--device-column',
      'sensor',
      '--speed',
      String(REPLAY_SPEED),
      '--loop',
    ];
    return [...host, { name: 'replay', feed: AIR_FEED, networkId, source }];
  }
}

function linksOf({ ports }: ProgramContext, { feeds }: Genesis): { readonly label: string; readonly url: string }[] {
  const api = localUrl(ports.aggregator);
  return [
    { label: 'API', url: `${api}/docs` },
    { label: 'metrics', url: `${localUrl(ports.http[0] as number)}/metrics` },
    { label: 'latest', url: `${api}/v1/feeds/${feeds[0]?.id}/rounds/latest` },
    { label: 'intake', url: `${localUrl(ports.http[0] as number)}/docs` },
    { label: 'chain', url: localUrl(ports.chainRpc) },
  ];
}
