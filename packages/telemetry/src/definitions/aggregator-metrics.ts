import { AGGREGATOR, BOTH, type MetricTable, WAIT_SECONDS, WORK_SECONDS } from '../metric-definition.ts';

const ANCHOR_SECONDS = [0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600] as const;

/** Following, anchoring, and the API of both processes. */
export const AGGREGATOR_METRICS = {
  cairn_follower_height: { kind: 'gauge', roles: AGGREGATOR, help: 'The highest block that was verified and archived' },
  cairn_follower_behind_heights: {
    kind: 'gauge',
    roles: AGGREGATOR,
    help: 'Heights between the highest one that a node told of and our own',
  },
  cairn_follower_blocks_total: {
    kind: 'counter',
    roles: AGGREGATOR,
    help: 'Certified blocks fetched from nodes, by verdict',
    labels: { verdict: ['verified', 'known', 'invalid'] },
  },
  cairn_follower_sources_connected: { kind: 'gauge', roles: AGGREGATOR, help: 'Nodes that answer now' },
  cairn_follower_verify_duration_seconds: {
    kind: 'histogram',
    roles: AGGREGATOR,
    help: 'Time to verify and execute one certified block',
    buckets: WORK_SECONDS,
  },
  cairn_anchor_submissions_total: {
    kind: 'counter',
    roles: AGGREGATOR,
    help: 'Anchor transactions, by how they ended',
    labels: { outcome: ['confirmed', 'expired', 'refused', 'unreachable'] },
  },
  cairn_anchor_confirmation_duration_seconds: {
    kind: 'histogram',
    roles: AGGREGATOR,
    help: 'Time from the first submission of an anchor to its confirmation',
    buckets: ANCHOR_SECONDS,
  },
  cairn_anchor_last_success_timestamp_seconds: {
    kind: 'gauge',
    roles: AGGREGATOR,
    help: 'Unix time of the last confirmed anchor; 0 before the first',
  },
  cairn_anchor_tree_size: { kind: 'gauge', roles: AGGREGATOR, help: 'Tree size of the last confirmed anchor' },
  cairn_anchor_behind_heights: {
    kind: 'gauge',
    roles: AGGREGATOR,
    help: 'Certified heights that no anchor covers yet',
  },
  cairn_anchor_last_slot: { kind: 'gauge', roles: AGGREGATOR, help: 'Slot of the last confirmed anchor' },
  cairn_anchor_wallet_balance_lamports: { kind: 'gauge', roles: AGGREGATOR, help: 'Balance of the fee payer' },
  cairn_anchor_fees_lamports_total: { kind: 'counter', roles: AGGREGATOR, help: 'Fees of confirmed anchors' },
  cairn_anchor_rpc_up: { kind: 'gauge', roles: AGGREGATOR, help: '1 while the RPC of the chain answers' },
  cairn_api_requests_total: {
    kind: 'counter',
    roles: BOTH,
    help: 'HTTP requests, by route pattern and class of the status',
    labels: {
      route: 'bounded',
      method: ['GET', 'HEAD', 'POST', 'OPTIONS', 'other'],
      status: ['2xx', '3xx', '4xx', '5xx'],
    },
  },
  cairn_api_request_duration_seconds: {
    kind: 'histogram',
    roles: BOTH,
    help: 'Time to answer a request, streams and long polls left out',
    labels: { route: 'bounded' },
    buckets: WAIT_SECONDS,
  },
  cairn_api_streams_open: {
    kind: 'gauge',
    roles: BOTH,
    help: 'Open streams and waiting long polls',
    labels: { kind: ['sse', 'websocket', 'long_poll'] },
  },
  cairn_api_streams_cut_off_total: {
    kind: 'counter',
    roles: BOTH,
    help: 'Streams ended by us, by reason',
    labels: { reason: ['slow', 'exceeded', 'shutdown'] },
  },
  cairn_api_rate_limited_total: {
    kind: 'counter',
    roles: BOTH,
    help: 'Requests refused because too many came from one place',
  },
} as const satisfies MetricTable;
