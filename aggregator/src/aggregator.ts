import { join } from 'node:path';
import {
  type AnchoredPosition,
  type AttestationPorts,
  createAdminServer,
  createAttestationServer,
  type HttpServer,
  type HttpServerOptions,
  type Pages,
} from '@cairn/http';
import { CairnError } from '@cairn/primitives';
import { type Genesis, networkIdOf } from '@cairn/protocol';
import type { Chain, Commit } from '@cairn/replica';
import { type AnchorRecord, defaultAnchorOptions, isAnchored } from '@cairn/solana';
import { Archive, storageSize } from '@cairn/storage';
import { createMetrics, type Logger, type Metrics } from '@cairn/telemetry';
import { AggregatorMetrics } from './aggregator-metrics.ts';
import { Anchoring, type AnchoringOptions, type AnchorSubmitterEvent } from './anchoring.ts';
import { apiObserver } from './api-metrics.ts';
import { ArchiveApi, anchorView } from './archive-api.ts';
import { Follower, type FollowerEvent } from './follower.ts';
import { aggregatorHealth } from './health.ts';
import { logAnchoring, logFollower } from './log-events.ts';
import { LoopWatch } from './loop-watch.ts';
import { NodeSource } from './node-source.ts';
import { Notices } from './notices.ts';
import { defaultFollowerOptions, type FollowerOptions, SOURCES_MAX } from './options.ts';
import { participationOf } from './participation-of-state.ts';
import { restoreChain } from './restore-chain.ts';
import { VerifyPool } from './verify-pool.ts';

export interface AggregatorOptions {
  readonly genesis: Genesis;
  /** Holds the archive, and the fee payer's key unless a file is named for it. */
  readonly dataDir: string;
  /** Base URLs of nodes. None of them is trusted; several are asked. */
  readonly sources: readonly string[];
  readonly http?: HttpServerOptions;
  /** Health and metrics on a port of their own, besides; null: not. */
  readonly admin?: HttpServerOptions | null;
  /** Null: this aggregator anchors nothing. */
  readonly anchoring: AggregatorAnchoring | null;
  readonly follower?: Partial<FollowerOptions>;
  /** Served beside the API, e.g. the explorer. */
  readonly pages?: Pages;
}

export type AggregatorAnchoring = Omit<AnchoringOptions, 'networkId' | 'groupKey' | 'feePayerFile'> & {
  readonly feePayerFile?: string;
};

/** The keyless follower: verifies what the committee certified, archives it, anchors it and serves it with proofs. */
export class Aggregator {
  readonly #options: AggregatorOptions;
  readonly #log: Logger;
  readonly #metrics: Metrics<'aggregator'> = createMetrics({ role: 'aggregator', withProcessMetrics: true });
  readonly #counts = new AggregatorMetrics(this.#metrics);
  readonly #archive: Archive<AnchorRecord>;
  readonly #chain: Chain;
  readonly #verifier: VerifyPool;
  readonly #follower: Follower;
  readonly #notices = new Notices();
  readonly #loop = new LoopWatch();
  #anchoring: Anchoring | null = null;
  #servers: readonly HttpServer[] = [];
  #anchoredSize: number;
  #anchoredAtMs: number;
  #blockAtMs = Date.now();
  #url = '';
  #adminUrl: string | null = null;

  /** Use `startAggregator`. */
  constructor(options: AggregatorOptions, dependencies: { readonly log: Logger }) {
    const { genesis, dataDir, sources } = options;
    if (sources.length === 0 || sources.length > SOURCES_MAX) {
      throw new CairnError('AGGREGATOR_OPTIONS_INVALID', `name 1 to ${SOURCES_MAX} nodes to follow`);
    }
    this.#options = options;
    this.#log = dependencies.log;
    this.#archive = Archive.open<AnchorRecord>({ dataDir: archiveDir(dataDir), genesis });
    this.#chain = restoreChain(genesis, this.#archive.restore());
    const latest = this.#archive.anchors.latest();
    this.#anchoredSize = latest?.treeSize ?? 0;
    this.#anchoredAtMs = latest?.submittedAt ?? Date.now();
    const threads = options.follower?.verifyThreads ?? defaultFollowerOptions.verifyThreads;
    this.#verifier = new VerifyPool({ genesis, threads });
    this.#follower = new Follower(options.follower ?? {}, {
      chain: this.#chain,
      append: (commits) => this.#archive.append(commits),
      sources: sources.map((url) => new NodeSource(url)),
      verifier: this.#verifier,
      onEvent: (event) => this.#onFollower(event),
    });
  }

  /** Of the public API. */
  get url(): string {
    return this.#url;
  }

  get adminUrl(): string | null {
    return this.#adminUrl;
  }

  /** Of the anchor chain; null when nothing is anchored here. */
  get rpcUrl(): string | null {
    return this.#anchoring?.rpcUrl ?? null;
  }

  get feePayerAddress(): string | null {
    return this.#anchoring?.feePayerAddress ?? null;
  }

  get height(): number {
    return this.#chain.tip.header.height;
  }

  /** Why it follows no more; null while it does. */
  get halted(): string | null {
    return this.#follower.halted;
  }

  /** Serves what is archived, then anchors, then follows. */
  async start(): Promise<void> {
    const { http = {}, admin = null, pages = new Map(), anchoring, dataDir, genesis } = this.#options;
    const observer = apiObserver(this.#metrics, this.#log);
    const ports = this.#ports();
    const api = await createAttestationServer({ ...http, pages }, ports, observer);
    const adminServer = admin === null ? null : await createAdminServer(admin, ports, observer);
    this.#servers = adminServer === null ? [api] : [api, adminServer];
    this.#url = await api.start();
    this.#adminUrl = (await adminServer?.start()) ?? null;
    if (anchoring !== null) {
      const network = { networkId: networkIdOf(genesis), groupKey: genesis.groupKey };
      const feePayerFile = anchoring.feePayerFile ?? join(dataDir, 'fee-payer.json');
      this.#anchoring = await Anchoring.start(
        { ...anchoring, ...network, feePayerFile },
        { store: this.#archive.anchors, onEvent: (event) => this.#onAnchoring(event) },
      );
      this.#offer(this.#archive.checkpoint(null)?.note ?? null);
    }
    this.#echoConfiguration();
    this.#follower.start();
    this.#log.info('aggregator started', { url: this.#url, height: this.height, rpcUrl: this.rpcUrl });
  }

  /** Ends everything that it started, in the order in which nothing is lost. */
  async stop(): Promise<void> {
    await this.#follower.stop();
    await this.#anchoring?.stop();
    for (const server of this.#servers) await server.stop();
    await this.#verifier.stop();
    this.#loop.stop();
    this.#metrics.stop();
    this.#archive.close();
  }

  #onFollower(event: FollowerEvent): void {
    this.#counts.follower(event);
    logFollower(this.#log, event);
    if (event.kind === 'followed') this.#onCommits(event.commits);
  }

  #onCommits(commits: readonly Commit[]): void {
    this.#blockAtMs = Date.now();
    for (const commit of commits) {
      this.#notices.tellCommit(commit);
    }
    this.#offer(commits.at(-1)?.note ?? null);
  }

  /** "every checkpoint covers all earlier blocks, a missed anchor loses nothing": only the newest is offered. */
  #offer(note: string | null): void {
    if (note !== null) this.#anchoring?.offer(note);
  }

  #onAnchoring(event: AnchorSubmitterEvent): void {
    this.#counts.anchoring(event);
    logAnchoring(this.#log, event);
    if (event.kind !== 'anchor') return;
    if (isAnchored(event.record)) {
      this.#anchoredSize = Math.max(this.#anchoredSize, event.record.treeSize);
      this.#anchoredAtMs = Date.now();
    } else if (event.record.status === 'dropped') {
      this.#anchoredSize = this.#archive.anchors.latest()?.treeSize ?? 0;
    }
    this.#notices.tell({ topic: 'anchor', ...anchorView(event.record) });
  }

  #ports(): AttestationPorts {
    const { genesis } = this.#options;
    const api = new ArchiveApi({ archive: this.#archive, subscribe: this.#notices.subscribe });
    const health = this.#health();
    const own = {
      genesis: () => genesis,
      feeds: () => genesis.feeds,
      position: () => this.#position(),
      health,
      metrics: async () => {
        health();
        this.#refreshMetrics();
        return { contentType: this.#metrics.contentType, text: await this.#metrics.render() };
      },
      anchorChain: () => this.#anchoring?.state?.chain ?? this.#archive.anchors.latest()?.chain ?? null,
      participation: () => participationOf(this.#chain.state),
    };
    return Object.assign(api, own);
  }

  #position(): AnchoredPosition {
    const { height, epoch, time } = this.#chain.tip.header;
    // While an append is tried again the chain in memory is ahead of what can be read.
    const archived = Math.min(height, this.#archive.chain.tip().height);
    return { height: archived, epoch, time, anchoredSize: this.#anchoredSize };
  }

  #health() {
    const intervalMs = this.#options.anchoring?.intervalMs ?? defaultAnchorOptions.intervalMs;
    const feeLamportsMax = this.#options.anchoring?.feeLamportsMax ?? defaultAnchorOptions.feeLamportsMax;
    return aggregatorHealth(this.#metrics, {
      behind: () => this.#follower.behind,
      sourcesAnswering: () => this.#sourcesAnswering(),
      isHalted: () => this.halted !== null,
      isArchiveFailing: () => this.#follower.isArchiveFailing,
      lastBlockAtMs: () => this.#blockAtMs,
      loopLateMs: () => this.#loop.lateMsMax,
      anchoring: () => {
        const state = this.#anchoring?.state ?? null;
        if (state === null) return null;
        const { failures, balanceLamports } = state;
        const lastSuccessAtMs = this.#anchoredAtMs;
        return {
          intervalMs,
          feeLamportsMax,
          unanchored: this.#unanchored(),
          lastSuccessAtMs,
          failures,
          balanceLamports,
        };
      },
    });
  }

  #refreshMetrics(): void {
    this.#counts.refresh({
      behind: this.#follower.behind,
      sourcesAnswering: this.#sourcesAnswering(),
      unanchored: this.#unanchored(),
      balanceLamports: this.#anchoring?.state?.balanceLamports ?? null,
      storage: storageSize(archiveDir(this.#options.dataDir)),
    });
  }

  #unanchored(): number {
    return Math.max(0, this.height + 1 - this.#anchoredSize);
  }

  #sourcesAnswering(): number {
    return this.#follower.sources.filter(({ isAnswering }) => isAnswering).length;
  }

  #echoConfiguration(): void {
    const { quorum } = this.#chain;
    this.#metrics.gauge('cairn_config_committee_members').set(quorum.members);
    this.#metrics.gauge('cairn_config_quorum_members').set(quorum.certified);
    const intervalMs = this.#options.anchoring?.intervalMs ?? defaultAnchorOptions.intervalMs;
    this.#metrics.gauge('cairn_config_anchor_interval_seconds').set(intervalMs / 1000);
    this.#metrics.gauge('cairn_follower_height').set(this.height);
  }
}

/** Opens the archive and starts following, anchoring and serving. @throws AGGREGATOR_*, STORAGE_*, SOLANA_* */
export async function startAggregator(
  options: AggregatorOptions,
  dependencies: { readonly log: Logger },
): Promise<Aggregator> {
  const aggregator = new Aggregator(options, dependencies);
  try {
    await aggregator.start();
    return aggregator;
  } catch (error) {
    await aggregator.stop();
    throw error;
  }
}

function archiveDir(dataDir: string): string {
  return join(dataDir, 'archive');
}
