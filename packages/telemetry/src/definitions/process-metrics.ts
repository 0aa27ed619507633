import { AGGREGATOR, BOTH, type MetricTable, NODE } from '../metric-definition.ts';

/** What every process says about itself: its build, its effective configuration, its health. */
export const PROCESS_METRICS = {
  cairn_build_info: {
    kind: 'gauge',
    roles: BOTH,
    help: 'Always 1; the labels name the build, the version of Node and the network',
    labels: { version: 'bounded', node_version: 'bounded', network_id: 'bounded' },
  },
  cairn_up_and_posting: {
    kind: 'gauge',
    roles: BOTH,
    help: '1 while no critical health check fails and the process does its work: a member signs, an aggregator anchors',
  },
  cairn_health_checks: {
    kind: 'gauge',
    roles: BOTH,
    help: '1 while the health check fails, 0 while it holds',
    labels: { name: 'bounded', severity: ['info', 'warning', 'critical'] },
  },
  cairn_event_loop_lag_seconds: {
    kind: 'gauge',
    roles: BOTH,
    help: 'How late timers of the main thread fired since the last scrape',
    labels: { stat: ['p50', 'p99', 'max'] },
  },
  cairn_telemetry_refused_total: {
    kind: 'counter',
    roles: BOTH,
    help: 'Observations left out because the number or a label was not allowed; anything above 0 is a bug',
  },
  cairn_config_committee_members: { kind: 'gauge', roles: BOTH, help: 'Members of the committee, n' },
  cairn_config_quorum_members: {
    kind: 'gauge',
    roles: BOTH,
    help: 'Members that certify a block and sign it, q = n - f',
  },
  cairn_config_member_index: { kind: 'gauge', roles: NODE, help: 'The committee index of this member' },
  cairn_config_batch_interval_seconds: { kind: 'gauge', roles: NODE, help: 'Longest wait before a batch leaves' },
  cairn_config_batch_items_max: { kind: 'gauge', roles: NODE, help: 'Items after which a batch leaves at once' },
  cairn_config_view_timeout_seconds: { kind: 'gauge', roles: NODE, help: 'Timeout of view 0' },
  cairn_config_anchor_interval_seconds: { kind: 'gauge', roles: AGGREGATOR, help: 'Time between two anchors' },
  cairn_storage_write_duration_seconds: {
    kind: 'histogram',
    roles: NODE,
    help: 'Time until a write was durable on disk',
    labels: { store: ['journal'] },
    buckets: [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 5],
  },
  cairn_storage_size_bytes: {
    kind: 'gauge',
    roles: BOTH,
    help: 'Bytes on disk: of the database, and of its write-ahead log',
    labels: { store: ['database', 'log'] },
  },
} as const satisfies MetricTable;
