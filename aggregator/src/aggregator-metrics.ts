import { type AnchorSubmitterEvent, isAnchored } from '@cairn/solana';
import type { StorageSize } from '@cairn/storage';
import type { Metrics } from '@cairn/telemetry';
import type { FollowerEvent } from './follower.ts';

/** Turns what the follower and the anchoring tell into metrics (docs/metrics.md). */
export class AggregatorMetrics {
  readonly #metrics: Metrics<'aggregator'>;
  /** When the first transaction for a tree was submitted. Holds the tries of one anchor. */
  #firstSubmittedAt: number | null = null;

  constructor(metrics: Metrics<'aggregator'>) {
    this.#metrics = metrics;
  }

  follower(event: FollowerEvent): void {
    const blocks = this.#metrics.counter('cairn_follower_blocks_total');
    switch (event.kind) {
      case 'followed':
        blocks.inc({ verdict: 'verified' }, event.commits.length);
        this.#metrics.gauge('cairn_follower_height').set(event.commits.at(-1)?.height ?? 0);
        return;
      case 'verified':
        this.#metrics.histogram('cairn_follower_verify_duration_seconds').observe(event.durationMs / 1000);
        return;
      case 'known':
        blocks.inc({ verdict: 'known' }, event.count);
        return;
      case 'invalid':
        blocks.inc({ verdict: 'invalid' });
        return;
      default:
        return;
    }
  }

  anchoring(event: AnchorSubmitterEvent): void {
    const submissions = this.#metrics.counter('cairn_anchor_submissions_total');
    if (event.kind === 'rpc-failed') {
      this.#metrics.gauge('cairn_anchor_rpc_up').set(0);
      submissions.inc({ outcome: 'unreachable' });
    }
    if (event.kind === 'send-refused') submissions.inc({ outcome: 'refused' });
    if (event.kind !== 'anchor') return;
    this.#metrics.gauge('cairn_anchor_rpc_up').set(1);
    const { record } = event;
    if (record.status === 'submitted') this.#firstSubmittedAt ??= record.submittedAt;
    if (record.status === 'expired') submissions.inc({ outcome: 'expired' });
    if (record.status === 'failed') submissions.inc({ outcome: 'refused' });
    if (!isAnchored(record)) return;
    this.#metrics.gauge('cairn_anchor_tree_size').set(record.treeSize);
    if (record.slot !== null) this.#metrics.gauge('cairn_anchor_last_slot').set(record.slot);
    if (record.status !== 'confirmed') return;
    submissions.inc({ outcome: 'confirmed' });
    this.#metrics.counter('cairn_anchor_fees_lamports_total').inc(record.feeLamports);
    const nowMs = Date.now();
    this.#metrics.gauge('cairn_anchor_last_success_timestamp_seconds').set(nowMs / 1000);
    const seconds = Math.max(0, nowMs - (this.#firstSubmittedAt ?? record.submittedAt)) / 1000;
    this.#metrics.histogram('cairn_anchor_confirmation_duration_seconds').observe(seconds);
    this.#firstSubmittedAt = null;
  }

  /** What is read when asked, before each scrape. */
  refresh(now: {
    readonly behind: number;
    readonly sourcesAnswering: number;
    readonly unanchored: number;
    readonly balanceLamports: number | null;
    readonly storage: StorageSize;
  }): void {
    this.#metrics.gauge('cairn_follower_behind_heights').set(now.behind);
    this.#metrics.gauge('cairn_follower_sources_connected').set(now.sourcesAnswering);
    this.#metrics.gauge('cairn_anchor_behind_heights').set(now.unanchored);
    this.#metrics.gauge('cairn_storage_size_bytes').set({ store: 'database' }, now.storage.databaseBytes);
    this.#metrics.gauge('cairn_storage_size_bytes').set({ store: 'log' }, now.storage.logBytes);
    if (now.balanceLamports !== null) {
      this.#metrics.gauge('cairn_anchor_wallet_balance_lamports').set(now.balanceLamports);
    }
  }
}
