import { createNodeServer, type HttpBounds } from '@cairn/http';
import { createNetwork, libp2pMetrics, type Network, type NetworkMember } from '@cairn/network';
import { CairnError, type MemberIndex } from '@cairn/primitives';
import { encodeGenesis, type Genesis, networkIdOf } from '@cairn/protocol';
import type { Logger } from '@cairn/telemetry';
import type { KeyShare } from '@cairn/threshold';
import { viewTimeoutCapMin } from '../config/view-timeout-cap.ts';
import { NodeThreads } from '../threads/node-threads.ts';
import type { CoreReport, CryptoReport, Sending } from '../threads/thread-messages.ts';
import { ChainView } from './chain-view.ts';
import { collectOwnVotes } from './collect-own-votes.ts';
import { CoreClient } from './core-client.ts';
import { Fetcher } from './fetcher.ts';
import { FrameDesk } from './frame-desk.ts';
import { IntakeDesk } from './intake-desk.ts';
import { LagProbe } from './lag-probe.ts';
import { logEvents } from './log-events.ts';
import { type MetricsServerOptions, startMetricsServer } from './metrics-server.ts';
import { createNetworkHandlers } from './network-handlers.ts';
import { NodeHealth } from './node-health.ts';
import { NodeMetrics } from './node-metrics.ts';
import { createNodePorts } from './node-ports.ts';

export interface NodeOptions {
  readonly genesis: Genesis;
  readonly self: MemberIndex;
  readonly dataDir: string;
  readonly listen: readonly string[];
  /** Instead of the addresses in the genesis document, by the member's name. */
  readonly peerAddresses: Readonly<Record<string, readonly string[]>>;
  readonly http: { readonly host: string; readonly port: number; readonly bounds?: Partial<HttpBounds> };
  /** A second place for metrics and health. */
  readonly metrics: MetricsServerOptions | null;
  readonly packIntervalMs: number;
  readonly cryptoThreads: number;
  readonly version: string;
  /** With a disk that is older than its votes: start, and say nothing where it may have voted; else refuse to start. */
  readonly acceptsOldData?: boolean;
}

export interface NodeDependencies {
  readonly identitySeed: Uint8Array;
  readonly keyShare: KeyShare;
  readonly log: Logger;
  /** The node cannot go on: a thread died, or a write failed. */
  readonly onFailure: (error: unknown) => void;
}

export interface RunningNode {
  readonly url: string;
  readonly addresses: readonly string[];
  readonly view: ChainView;
  stop(): Promise<void>;
}

/** Starts a member: threads, network, HTTP, in this order; the replica takes its first turn when all of it is there. */
export async function startNode(options: NodeOptions, dependencies: NodeDependencies): Promise<RunningNode> {
  const node = new Node(options, dependencies);
  try {
    return await node.start();
  } catch (error) {
    await node.stop();
    throw error;
  }
}

/** Whoever does not answer by then may be down; a node must be able to start alone. */
const OWN_VOTES_TIMEOUT_MS = 2_000;

class Node {
  readonly #options: NodeOptions;
  readonly #dependencies: NodeDependencies;
  readonly #metrics: NodeMetrics;
  readonly #lag = new LagProbe();
  readonly #core: CoreClient;
  readonly #frames: FrameDesk;
  readonly #intake: IntakeDesk;
  #threads: NodeThreads | undefined;
  #network: Network | undefined;
  #fetcher: Fetcher | undefined;
  #view: ChainView | undefined;
  readonly #stopServers: (() => Promise<void>)[] = [];
  #stopped: Promise<void> | undefined;

  constructor(options: NodeOptions, dependencies: NodeDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#metrics = new NodeMetrics(options);
    this.#core = new CoreClient({ toCore: (order) => this.#threads?.toCore(order) });
    this.#frames = new FrameDesk({
      toCrypto: (order) => this.#threads?.toCrypto(order),
      onVerdict: (source, report) => {
        this.#metrics.onVerdict(source, report);
        if (report.verdict === 'reject') {
          dependencies.log.debug('refused a message of a peer', { source, kind: report.message, fault: report.fault });
        }
      },
      onDropped: (member) => dependencies.log.debug('a peer sends too fast', { member }),
    });
    this.#intake = new IntakeDesk({
      toCrypto: (order) => this.#threads?.toCrypto(order),
      soon: (task) => setImmediate(task),
    });
  }

  async start(): Promise<RunningNode> {
    const { genesis } = this.#options;
    warnOfLowCap(genesis, this.#dependencies.log);
    const { threads, position } = await NodeThreads.start(
      { ...this.#options, genesis: encodeGenesis(genesis) },
      {
        ...this.#dependencies,
        onCore: (report) => this.#onCore(report),
        onCrypto: (report) => this.#onCrypto(report),
      },
    );
    this.#threads = threads;
    const view = new ChainView({ genesis, position, startedAt: Date.now() });
    this.#view = view;
    const network = await this.#startNetwork();
    const url = await this.#startServer(view, network);
    threads.toCore({ kind: 'start', silentUpTo: await this.#compareVotes(network) });
    return { url, addresses: network.addresses(), view, stop: () => this.stop() };
  }

  /** Takes nothing more in, writes what was taken, and lets go of everything. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    await Promise.all(this.#stopServers.map((stop) => stop()));
    this.#fetcher?.stop();
    this.#frames.stop();
    await this.#network?.stop();
    await this.#threads?.stop();
    this.#intake.stop();
    this.#core.stop();
    this.#lag.stop();
    this.#metrics.metrics.stop();
  }

  async #startNetwork(): Promise<Network> {
    const { genesis, listen } = this.#options;
    const { identitySeed, log } = this.#dependencies;
    const network = await createNetwork(
      { identitySeed, listen, members: membersOf(this.#options), networkTag: networkIdOf(genesis) },
      {
        libp2pMetrics: libp2pMetrics(this.#metrics.metrics.registry),
        handlers: createNetworkHandlers({
          frames: this.#frames,
          core: this.#core,
          metrics: this.#metrics,
          toCore: (order) => this.#threads?.toCore(order),
          onPeer: (member, isConnected) => log.info(isConnected ? 'member connected' : 'member lost', { member }),
        }),
      },
    );
    this.#network = network;
    this.#fetcher = new Fetcher({
      request: (...question) => network.request(...question),
      submit: (source, from, bytes) => this.#frames.submit(source, from, bytes),
      onOutcome: (kind, outcome) => this.#metrics.onFetch(kind, outcome),
    });
    return network;
  }

  /** "Before its first vote after a start a node compares its last vote with its peers" (protocol section 9). */
  async #compareVotes(network: Network): Promise<number> {
    const messages = await collectOwnVotes({ network, timeoutMs: OWN_VOTES_TIMEOUT_MS });
    const unknown = await this.#core.ask({ about: 'own-votes', messages });
    if (unknown === null) return 0;
    const { height, what } = unknown;
    const old = `others hold ${what}, of which this disk knows nothing`;
    if (!this.#options.acceptsOldData) throw new CairnError('NODE_STATE_INVALID', old, { height });
    this.#dependencies.log.warn(`${old}: this member says nothing up to that height`, { height });
    return height;
  }

  async #startServer(view: ChainView, network: Network): Promise<string> {
    const { genesis, self, http } = this.#options;
    const metrics = this.#metrics;
    const { log } = this.#dependencies;
    const now = () => Date.now();
    const lagMs = () => this.#lag.lagMs;
    const health = new NodeHealth({ genesis, self, metrics: metrics.metrics, view, network, now, lagMs });
    const ports = createNodePorts({
      genesis,
      self,
      view,
      network,
      core: this.#core,
      intake: this.#intake,
      metrics,
      health,
    });
    const observer = {
      ...metrics.httpObserver,
      failed: (err: unknown, { route }: { readonly route: string }) => {
        // When it stops, whoever waits is told so.
        if (!(err instanceof CairnError)) log.error('a request failed', { err, route });
      },
    };
    const server = await createNodeServer(http, ports, observer);
    const url = await server.start();
    this.#stopServers.push(() => server.stop());
    if (this.#options.metrics !== null) this.#stopServers.push(await startMetricsServer(this.#options.metrics, ports));
    return url;
  }

  #onCore(report: CoreReport): void {
    switch (report.kind) {
      case 'turn':
        return this.#onTurn(report);
      case 'answer':
      case 'refusal':
        return this.#core.take(report);
      case 'ready':
        return;
    }
  }

  #onTurn(turn: Extract<CoreReport, { kind: 'turn' }>): void {
    for (const answer of turn.answers) this.#intake.takeAnswer(answer);
    for (const sending of turn.sendings) this.#send(sending);
    this.#view?.update(turn.position, turn.commits, Date.now());
    this.#metrics.onTurn(turn);
    logEvents(this.#dependencies.log, turn.events);
  }

  #send(sending: Sending): void {
    const network = this.#network;
    if (network === undefined) return;
    switch (sending.kind) {
      case 'direct':
        for (const member of sending.to) network.sendDirect(member, 'agreement', sending.bytes);
        return;
      case 'gossip':
        network.publish(sending.topic, sending.bytes).catch((err: unknown) => {
          this.#dependencies.log.debug('a message was not published', { err, topic: sending.topic });
        });
        return;
      case 'fetch':
        return this.#fetcher?.start(sending.fetch);
    }
  }

  #onCrypto(report: CryptoReport): void {
    switch (report.kind) {
      case 'verdict':
        return this.#frames.take(report);
      case 'intake-checked':
        return this.#intake.takeChecked(report);
      case 'timing':
        return this.#metrics.onCrypto(report);
      case 'nonces':
        return this.#metrics.onNonces(report);
    }
  }
}

function warnOfLowCap(genesis: Genesis, log: Logger): void {
  const { viewTimeoutMsMax } = genesis.parameters;
  const capMsMin = viewTimeoutCapMin(genesis);
  if (viewTimeoutMsMax < capMsMin) log.warn('slow members may not follow large blocks', { viewTimeoutMsMax, capMsMin });
}

/** The members, and where each is reached. */
export function membersOf({
  genesis,
  peerAddresses,
}: Pick<NodeOptions, 'genesis' | 'peerAddresses'>): readonly NetworkMember[] {
  return genesis.members.map(({ name, identityKey, addresses }, index) => ({
    index,
    publicKey: identityKey,
    addresses: peerAddresses[name] ?? addresses,
  }));
}
