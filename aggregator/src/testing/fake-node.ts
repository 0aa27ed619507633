import { createNodeServer, type HttpServer, type NodePorts, type SyncBlock } from '@cairn/http';
import { encodeCertifiedBlock } from '@cairn/protocol';
import type { Commit } from '@cairn/replica';
import type { CertifiedChain } from '@cairn/replica/testing';

/** How a node lies: what it makes of a block before it serves it. */
export type Lie = (block: SyncBlock, commit: Commit) => SyncBlock;

/** A node's HTTP API over a chain in memory, for tests. It can lie, hide blocks and be stopped. */
export class FakeNode {
  readonly network: CertifiedChain;
  lie: Lie | null = null;
  /** Serves no height above it. */
  heightMax = Number.MAX_SAFE_INTEGER;
  url = '';
  requests = 0;
  readonly #server: Promise<HttpServer>;
  readonly #wakes = new Set<() => void>();

  constructor(network: CertifiedChain, options: { readonly port?: number } = {}) {
    this.network = network;
    this.#server = createNodeServer({ ...options, bounds: { rate: null } }, this.#ports());
  }

  async start(): Promise<string> {
    this.url = await (await this.#server).start();
    return this.url;
  }

  async stop(): Promise<void> {
    await (await this.#server).stop();
  }

  /** Tells those who wait that the chain has grown. */
  grown(): void {
    for (const wake of this.#wakes) wake();
  }

  #ports(): NodePorts {
    const mustNotBeAsked = () => {
      throw new Error('a follower does not ask this');
    };
    const { genesis } = this.network;
    return {
      genesis: () => genesis,
      feeds: () => genesis.feeds,
      position: () => ({ height: this.#height(), epoch: 0, time: this.network.time }),
      health: () => ({ status: 'ready', checks: [] }),
      metrics: mustNotBeAsked,
      evidence: mustNotBeAsked,
      evidenceById: mustNotBeAsked,
      submitReports: mustNotBeAsked,
      submitRegistration: mustNotBeAsked,
      submitRevocation: mustNotBeAsked,
      awaitCertified: mustNotBeAsked,
      reportFate: mustNotBeAsked,
      status: mustNotBeAsked,
      syncBlocks: async ({ from, limit, signal }) => {
        this.requests++;
        if (this.#height() < from) await this.#grows(signal);
        return this.network.commits.slice(from - 1, Math.min(this.#height(), from - 1 + limit)).map((commit) => {
          const block = {
            certified: encodeCertifiedBlock(commit.certified),
            batches: commit.batches.map(({ bytes }) => bytes),
          };
          return this.lie?.(block, commit) ?? block;
        });
      },
    };
  }

  #height(): number {
    return Math.min(this.network.height, this.heightMax);
  }

  #grows(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#wakes.delete(wake);
        resolve();
      };
      this.#wakes.add(wake);
      signal.addEventListener('abort', wake);
    });
  }
}
