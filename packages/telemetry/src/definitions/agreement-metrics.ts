import { BYTES, COUNTS, type MetricTable, NODE, WAIT_SECONDS, WORK_SECONDS } from '../metric-definition.ts';

/** One block per height: votes, views, execution, and who takes part. */
export const AGREEMENT_METRICS = {
  cairn_consensus_round: { kind: 'gauge', roles: NODE, help: 'The height that is being agreed on' },
  cairn_consensus_height: { kind: 'gauge', roles: NODE, help: 'The highest certified height that was executed' },
  cairn_consensus_view: { kind: 'gauge', roles: NODE, help: 'The view of the height that is being agreed on' },
  cairn_consensus_last_certified_timestamp_seconds: {
    kind: 'gauge',
    roles: NODE,
    help: 'Unix time of the last certified block, by its header',
  },
  cairn_consensus_behind_heights: {
    kind: 'gauge',
    roles: NODE,
    help: 'Heights between the highest one seen at a peer and our own',
  },
  cairn_consensus_height_duration_seconds: {
    kind: 'histogram',
    roles: NODE,
    help: 'Time from the proposal of a height to its certified block',
    buckets: WAIT_SECONDS,
  },
  cairn_consensus_view_changes_total: {
    kind: 'counter',
    roles: NODE,
    help: 'Views that ended without a certified block, by what ended them',
    labels: { reason: ['timer', 'joined', 'certificate', 'message'] },
  },
  cairn_consensus_participation_expected_total: {
    kind: 'counter',
    roles: NODE,
    help: 'Certified blocks at whose heights the member was in the committee',
    labels: { peer: 'memberIndex' },
  },
  cairn_consensus_participation_success_total: {
    kind: 'counter',
    roles: NODE,
    help: 'Certified blocks whose prepare certificate holds the vote of the member',
    labels: { peer: 'memberIndex' },
  },
  cairn_consensus_participation_missed_total: {
    kind: 'counter',
    roles: NODE,
    help: 'Certified blocks whose prepare certificate lacks the vote of the member',
    labels: { peer: 'memberIndex' },
  },
  cairn_consensus_participation_credited_total: {
    kind: 'counter',
    roles: NODE,
    help: 'Votes of the member that certificates lacked and its credits brought in: some of those missed',
    labels: { peer: 'memberIndex' },
  },
  cairn_consensus_leader_blocks_total: {
    kind: 'counter',
    roles: NODE,
    help: 'Certified blocks that the member proposed first',
    labels: { peer: 'memberIndex' },
  },
  cairn_consensus_messages_total: {
    kind: 'counter',
    roles: NODE,
    help: 'Agreement messages, by kind and verdict',
    labels: {
      kind: ['proposal', 'prepare_vote', 'sign_request', 'signature_share', 'timeout_vote', 'certified_block'],
      verdict: ['accept', 'ignore', 'reject'],
    },
  },
  cairn_consensus_evidence_total: {
    kind: 'counter',
    roles: NODE,
    help: 'Evidence against members, by what they did (protocol 5.6)',
    labels: { kind: ['double-proposal', 'double-prepare', 'double-batch', 'invalid-share', 'invalid-batch'] },
  },
  cairn_consensus_divergence: {
    kind: 'gauge',
    roles: NODE,
    help: '1 when execution of a certified block gave another header: this member has stopped signing (protocol 5.7)',
  },
  cairn_consensus_execution_duration_seconds: {
    kind: 'histogram',
    roles: NODE,
    help: 'Time to execute one block',
    buckets: WORK_SECONDS,
  },
  cairn_consensus_block_reports: {
    kind: 'histogram',
    roles: NODE,
    help: 'Reports in a certified block',
    buckets: COUNTS,
  },
  cairn_consensus_block_size_bytes: {
    kind: 'histogram',
    roles: NODE,
    help: 'Bytes of the batches of a certified block',
    buckets: BYTES,
  },
  cairn_ledger_reports_total: {
    kind: 'counter',
    roles: NODE,
    help: 'Reports in certified blocks, by the code of their receipt',
    labels: { code: 'bounded' },
  },
  cairn_ledger_results_total: {
    kind: 'counter',
    roles: NODE,
    help: 'Feed results in certified blocks, by feed and outcome',
    labels: { feed: 'bounded', outcome: ['value', 'too_few_devices', 'out_of_range'] },
  },
  cairn_ledger_open_windows: { kind: 'gauge', roles: NODE, help: 'Windows that are not closed yet' },
  cairn_ledger_devices: {
    kind: 'gauge',
    roles: NODE,
    help: 'Devices that the state knows: registered, or revoked and not forgotten yet',
  },
} as const satisfies MetricTable;
