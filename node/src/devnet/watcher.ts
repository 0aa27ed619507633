import type { FeedDefinition } from '@cairn/protocol';
import type { DevnetModel } from './devnet-model.ts';
import {
  type AnchorReply,
  anchorView,
  type GroupReply,
  memberStatus,
  metricSample,
  resultView,
  type StatusReply,
} from './read-replies.ts';

const INTERVAL_MS = 1000;
const REQUEST_TIMEOUT_MS = 2000;
const GROUPS_SHOWN_MAX = 8;
const REPORTS_SERIES = 'cairn_ledger_reports_total{code="accepted"}';

export interface WatcherOptions {
  /** Base URL of each member, in their order. */
  readonly nodeUrls: readonly string[];
  readonly aggregatorUrl: string;
}

export interface WatcherDependencies {
  readonly model: DevnetModel;
  readonly isAlive: (index: number) => boolean;
}

/** Looks at what every process tells of itself, once a second, over the same HTTP that anybody may use. */
export class Watcher {
  readonly #options: WatcherOptions;
  readonly #dependencies: WatcherDependencies;
  readonly #ending = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #feeds: readonly FeedDefinition[] = [];

  constructor(options: WatcherOptions, dependencies: WatcherDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  start(): void {
    const turn = async (): Promise<void> => {
      await Promise.all([this.#lookAtNodes(), this.#lookAtAggregator()]);
      if (!this.#ending.signal.aborted) this.#timer = setTimeout(turn, INTERVAL_MS);
    };
    void turn();
  }

  stop(): void {
    this.#ending.abort();
    clearTimeout(this.#timer);
  }

  async #lookAtNodes(): Promise<void> {
    const { model, isAlive } = this.#dependencies;
    const { nodeUrls } = this.#options;
    const replies = await Promise.all(nodeUrls.map((url) => this.#data<StatusReply>(`${url}/v1/status`)));
    const totals = await this.#reportTotals(replies);
    if (this.#ending.signal.aborted) return;
    const known = replies.filter((reply) => reply !== null);
    const highest = known.reduce<StatusReply | null>((a, b) => (a === null || b.height > a.height ? b : a), null);
    replies.forEach((reply, index) => {
      const process = isAlive(index) ? (reply === null ? 'waiting' : 'up') : 'down';
      const status = reply === null || highest === null ? {} : { status: memberStatus(reply, highest) };
      model.setMember(index, { process, ...status });
    });
    if (highest !== null) model.chainAt(highest);
    if (known.length >= model.state.threshold && model.state.phase === 'starting') model.set({ phase: 'running' });
    model.certifiedReports(totals);
  }

  /** Every member counts the same certified blocks; the one that runs longest has counted most. */
  async #reportTotals(replies: readonly (StatusReply | null)[]): Promise<number | null> {
    const urls = this.#options.nodeUrls.filter((_, index) => replies[index] !== null);
    const pages = await Promise.all(urls.slice(0, 2).map((url) => this.#text(`${url}/metrics`)));
    const totals = pages.flatMap((page) => metricSample(page ?? '', REPORTS_SERIES) ?? []);
    return totals.length === 0 ? null : Math.max(...totals);
  }

  async #lookAtAggregator(): Promise<void> {
    const { model } = this.#dependencies;
    const url = this.#options.aggregatorUrl;
    if (this.#feeds.length === 0) this.#feeds = (await this.#data<FeedDefinition[]>(`${url}/v1/feeds`)) ?? [];
    const groups = await Promise.all(
      this.#feeds.map((feed) =>
        this.#data<GroupReply[]>(`${url}/v1/feeds/${feed.id}/groups?limit=${GROUPS_SHOWN_MAX}`),
      ),
    );
    const info = await this.#data<{ readonly chain: string | null }>(`${url}/v1/info`);
    const anchors = await this.#data<AnchorReply[]>(`${url}/v1/anchors?limit=10`);
    if (this.#ending.signal.aborted) return;
    if (groups.some((group) => group !== null)) {
      model.set({
        results: this.#feeds.flatMap((feed, at) => (groups[at] ?? []).map((group) => resultView(feed, group))),
      });
    }
    for (const reply of anchors ?? []) {
      const anchor = anchorView(reply, { chain: info?.chain ?? null, now: model.state.now });
      if (anchor !== null) model.anchored(anchor);
    }
  }

  /** @returns what the envelope holds; null while there is no answer. */
  async #data<T>(url: string): Promise<T | null> {
    const text = await this.#text(url);
    if (text === null) return null;
    try {
      return (JSON.parse(text) as { readonly data: T }).data;
    } catch {
      return null;
    }
  }

  async #text(url: string): Promise<string | null> {
    try {
      const signal = AbortSignal.any([this.#ending.signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]);
      const response = await fetch(url, { signal });
      return response.ok ? await response.text() : null;
    } catch {
      // not up yet, or going down: the next turn asks again
      return null;
    }
  }
}
