import type { HttpObserver, Verdict } from '@cairn/http';
import { GOSSIP_TOPICS, type GossipTopic, type Network, type NetworkEvent } from '@cairn/network';
import { type MemberIndex, quorumOf } from '@cairn/primitives';
import { type Genesis, networkIdOf } from '@cairn/protocol';
import type { ReplicaEvent } from '@cairn/replica';
import { storageSize } from '@cairn/storage';
import { createMetrics, type LabelsOf, type Metrics } from '@cairn/telemetry';
import type {
  CommitNotice,
  CoreReport,
  CryptoReport,
  Fetch,
  FrameSource,
  Sending,
} from '../threads/thread-messages.ts';
import type { ChainView } from './chain-view.ts';
import { intakeVerdictOf } from './intake-verdict.ts';

export interface NodeMetricsOptions {
  readonly genesis: Genesis;
  readonly self: MemberIndex;
  readonly packIntervalMs: number;
  readonly version: string;
  readonly dataDir: string;
}

type MessageKind = LabelsOf<'cairn_consensus_messages_total'>['kind'];

/** Everything a member counts, from what its threads and adapters tell. */
export class NodeMetrics {
  readonly metrics: Metrics<'node'> = createMetrics({ role: 'node', withProcessMetrics: true });
  readonly #memberCount: number;
  readonly #dataDir: string;
  #session: { readonly height: number; readonly openedAt: number } | null = null;

  constructor({ genesis, self, packIntervalMs, version, dataDir }: NodeMetricsOptions) {
    const { metrics } = this;
    this.#memberCount = genesis.members.length;
    this.#dataDir = dataDir;
    const labels = { version, node_version: process.version, network_id: networkIdOf(genesis) };
    metrics.gauge('cairn_build_info').set(labels, 1);
    metrics.gauge('cairn_config_committee_members').set(genesis.members.length);
    metrics.gauge('cairn_config_quorum_members').set(quorumOf(genesis.members.length).certified);
    metrics.gauge('cairn_config_member_index').set(self);
    metrics.gauge('cairn_config_batch_interval_seconds').set(packIntervalMs / 1000);
    metrics.gauge('cairn_config_batch_items_max').set(512);
    metrics.gauge('cairn_config_view_timeout_seconds').set(genesis.parameters.viewTimeoutMs / 1000);
    metrics.gauge('cairn_dkg_share_valid').set(1);
    metrics.gauge('cairn_consensus_divergence').set(0);
  }

  onTurn(turn: Extract<CoreReport, { kind: 'turn' }>): void {
    const { metrics } = this;
    if (turn.appendSeconds !== null) {
      metrics.histogram('cairn_storage_write_duration_seconds').observe({ store: 'journal' }, turn.appendSeconds);
    }
    for (const seconds of turn.executionSeconds) {
      metrics.histogram('cairn_consensus_execution_duration_seconds').observe(seconds);
    }
    for (const { items, bytes } of turn.packed) {
      metrics.counter('cairn_batch_published_total').inc();
      metrics.histogram('cairn_batch_items').observe(items);
      metrics.histogram('cairn_batch_size_bytes').observe(bytes);
    }
    for (const commit of turn.commits) this.#onCommit(commit);
    for (const event of turn.events) this.#onEvent(event);
    for (const sending of turn.sendings) this.#onSending(sending);
  }

  onCrypto({ work, seconds }: Extract<CryptoReport, { kind: 'timing' }>): void {
    const { metrics } = this;
    if (work === 'sign') metrics.histogram('cairn_frost_sign_duration_seconds').observe(seconds);
    else if (work === 'aggregate') metrics.histogram('cairn_frost_aggregate_duration_seconds').observe(seconds);
    else metrics.histogram('cairn_ingest_verify_duration_seconds').observe(seconds);
  }

  onNonces(counts: Extract<CryptoReport, { kind: 'nonces' }>): void {
    for (const event of ['made', 'spent', 'destroyed'] as const) {
      if (counts[event] > 0) this.metrics.counter('cairn_frost_nonces_total').inc({ event }, counts[event]);
    }
  }

  onVerdict(source: FrameSource, { verdict, message, author }: Extract<CryptoReport, { kind: 'verdict' }>): void {
    const { metrics } = this;
    const topic = GOSSIP_TOPICS.find((name) => name === source);
    if (topic !== undefined) metrics.counter('cairn_gossip_messages_total').inc({ topic, verdict });
    if (source === 'batch') {
      const outcome = verdict === 'accept' ? 'accepted' : verdict === 'reject' ? 'invalid' : 'known';
      metrics.counter('cairn_batch_received_total').inc({ verdict: outcome });
    }
    const kind = messageKindOf(message);
    if (kind !== undefined) metrics.counter('cairn_consensus_messages_total').inc({ kind, verdict });
    if (kind === 'signature_share' && author !== null) {
      metrics.counter('cairn_frost_shares_received_total').inc({ peer: author, verdict: 'used' });
    }
  }

  onGossip(topic: GossipTopic, bytes: number): void {
    this.metrics.counter('cairn_gossip_received_bytes_total').inc({ topic }, bytes);
  }

  onDirect(): void {
    this.metrics.counter('cairn_network_direct_messages_total').inc({ channel: 'agreement', direction: 'in' });
  }

  onNetwork({ kind, amount }: NetworkEvent): void {
    this.metrics.counter('cairn_network_events_total').inc({ kind }, amount);
  }

  onFetch(kind: Fetch['kind'], outcome: 'found' | 'missing'): void {
    if (kind === 'fetch-batches') this.metrics.counter('cairn_batch_fetches_total').inc({ outcome });
  }

  onIntake(verdicts: readonly Verdict[], request: { readonly bytes: number; readonly seconds: number }): void {
    const { metrics } = this;
    metrics.counter('cairn_ingest_received_bytes_total').inc(request.bytes);
    metrics.histogram('cairn_ingest_request_duration_seconds').observe(request.seconds);
    metrics.histogram('cairn_ingest_request_reports').observe(verdicts.length);
    for (const verdict of verdicts) {
      metrics.counter('cairn_ingest_reports_total').inc({ verdict: intakeVerdictOf(verdict) });
    }
  }

  /** What HTTP tells of itself. */
  readonly httpObserver: HttpObserver = {
    requestDone: ({ route, method, status, durationMs }) => {
      const known = (['GET', 'HEAD', 'POST', 'OPTIONS'] as const).find((name) => name === method) ?? 'other';
      const group = `${Math.min(5, Math.max(2, Math.floor(status / 100)))}xx` as '2xx' | '3xx' | '4xx' | '5xx';
      this.metrics.counter('cairn_api_requests_total').inc({ route, method: known, status: group });
      this.metrics.histogram('cairn_api_request_duration_seconds').observe({ route }, durationMs / 1000);
    },
    rateLimited: () => this.metrics.counter('cairn_api_rate_limited_total').inc(),
  };

  /** Sets what is read when somebody asks. */
  refresh(view: ChainView, network: Network): void {
    const { metrics } = this;
    const { height, view: current, time, pendingItems, poolBatches, isHalted } = view.position;
    metrics.gauge('cairn_consensus_height').set(height);
    metrics.gauge('cairn_consensus_round').set(height + 1);
    metrics.gauge('cairn_consensus_view').set(current);
    metrics.gauge('cairn_consensus_last_certified_timestamp_seconds').set(time / 1000);
    metrics.gauge('cairn_consensus_behind_heights').set(view.behindHeights);
    metrics.gauge('cairn_consensus_divergence').set(isHalted ? 1 : 0);
    metrics.gauge('cairn_dkg_epoch').set(view.position.epoch);
    metrics.gauge('cairn_frost_nonces_available').set(view.position.nonces);
    metrics.gauge('cairn_ingest_pending_reports').set(pendingItems);
    metrics.gauge('cairn_batch_pending').set(poolBatches);
    metrics.gauge('cairn_ledger_devices').set(view.position.devices);
    metrics.gauge('cairn_ledger_open_windows').set(view.position.openWindows);
    const { databaseBytes, logBytes } = storageSize(this.#dataDir);
    metrics.gauge('cairn_storage_size_bytes').set({ store: 'database' }, databaseBytes);
    metrics.gauge('cairn_storage_size_bytes').set({ store: 'log' }, logBytes);
    for (const [peer, peerHeight] of view.position.peerHeights.entries()) {
      if (peerHeight !== null) metrics.gauge('cairn_peer_height').set({ peer }, peerHeight);
    }
    const peers = network.peers();
    metrics.gauge('cairn_network_peers_connected').set(peers.filter(({ isConnected }) => isConnected).length);
    for (const { memberIndex: peer, isConnected, score } of peers) {
      metrics.gauge('cairn_peer_connected').set({ peer }, isConnected ? 1 : 0);
      metrics.gauge('cairn_peer_score').set({ peer }, score);
    }
    for (const { memberIndex: peer, offsetMs, roundTripMs } of network.clockOffsets()) {
      metrics.gauge('cairn_peer_clock_offset_seconds').set({ peer }, offsetMs / 1000);
      metrics.gauge('cairn_peer_round_trip_seconds').set({ peer }, roundTripMs / 1000);
    }
  }

  #onCommit(commit: CommitNotice): void {
    const { metrics } = this;
    this.#endSession(commit.height);
    for (let peer = 0; peer < this.#memberCount; peer++) {
      metrics.counter('cairn_consensus_participation_expected_total').inc({ peer });
      if (commit.voters.includes(peer)) metrics.counter('cairn_consensus_participation_success_total').inc({ peer });
      else metrics.counter('cairn_consensus_participation_missed_total').inc({ peer });
    }
    for (const peer of commit.credited) metrics.counter('cairn_consensus_participation_credited_total').inc({ peer });
    metrics.counter('cairn_consensus_leader_blocks_total').inc({ peer: commit.leader });
    metrics.histogram('cairn_consensus_block_reports').observe(commit.reports);
    metrics.histogram('cairn_consensus_block_size_bytes').observe(commit.batchBytes);
    for (const [code, count] of Object.entries(commit.receipts)) {
      metrics.counter('cairn_ledger_reports_total').inc({ code }, count);
    }
    for (const { feed, outcome } of commit.results)
      metrics.counter('cairn_ledger_results_total').inc({ feed, outcome });
    for (const latencyMs of commit.latenciesMs) {
      metrics.histogram('cairn_ingest_certified_latency_seconds').observe(latencyMs / 1000);
    }
  }

  #onEvent(event: ReplicaEvent): void {
    const { metrics } = this;
    switch (event.kind) {
      case 'certified':
        return metrics.histogram('cairn_consensus_height_duration_seconds').observe(event.durationMs / 1000);
      case 'timed-out':
        return metrics.counter('cairn_consensus_view_changes_total').inc({ reason: 'timer' });
      case 'session-opened':
        this.#session ??= { height: event.height, openedAt: performance.now() };
        return;
      case 'share-invalid':
        metrics.counter('cairn_frost_sessions_total').inc({ outcome: 'invalid' });
        metrics.counter('cairn_frost_shares_received_total').inc({ peer: event.member, verdict: 'invalid' });
        return;
      case 'evidence':
        return metrics.counter('cairn_consensus_evidence_total').inc({ kind: event.evidence });
      case 'refused': {
        const kind = messageKindOf(event.message);
        if (kind !== undefined) metrics.counter('cairn_consensus_messages_total').inc({ kind, verdict: 'ignore' });
        return;
      }
      default:
        return;
    }
  }

  /** Sessions that this member led: the first of a height stands for all. */
  #endSession(height: number): void {
    const session = this.#session;
    if (session === null) return;
    this.#session = null;
    const outcome = session.height === height ? 'signed' : 'abandoned';
    this.metrics.counter('cairn_frost_sessions_total').inc({ outcome });
    if (outcome === 'abandoned') return;
    const seconds = (performance.now() - session.openedAt) / 1000;
    this.metrics.histogram('cairn_frost_session_duration_seconds').observe(seconds);
  }

  #onSending(sending: Sending): void {
    const { metrics } = this;
    if (sending.kind === 'gossip') {
      metrics.counter('cairn_gossip_published_bytes_total').inc({ topic: sending.topic }, sending.bytes.length);
    } else if (sending.kind === 'direct') {
      const labels = { channel: 'agreement', direction: 'out' } as const;
      metrics.counter('cairn_network_direct_messages_total').inc(labels, sending.to.length);
      if (sending.message === 'signature-share') metrics.counter('cairn_frost_shares_sent_total').inc();
    }
  }
}

const MESSAGE_KINDS: Readonly<Record<string, MessageKind>> = {
  proposal: 'proposal',
  'prepare-vote': 'prepare_vote',
  'sign-request': 'sign_request',
  'signature-share': 'signature_share',
  'timeout-vote': 'timeout_vote',
  'certified-block': 'certified_block',
};

function messageKindOf(message: string | null): MessageKind | undefined {
  return message === null ? undefined : MESSAGE_KINDS[message];
}
