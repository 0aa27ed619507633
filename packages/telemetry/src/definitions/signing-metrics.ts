import { type MetricTable, NODE, WAIT_SECONDS, WORK_SECONDS } from '../metric-definition.ts';

/** The group key: its making and its use. */
export const SIGNING_METRICS = {
  cairn_frost_sessions_total: {
    kind: 'counter',
    roles: NODE,
    help: 'Signing sessions that this member led, by how they ended',
    labels: { outcome: ['signed', 'invalid', 'abandoned'] },
  },
  cairn_frost_session_duration_seconds: {
    kind: 'histogram',
    roles: NODE,
    help: 'Time from a sign request to the group signature, as its leader saw it',
    buckets: WAIT_SECONDS,
  },
  cairn_frost_sign_duration_seconds: {
    kind: 'histogram',
    roles: NODE,
    help: 'Time to compute one signature share',
    buckets: WORK_SECONDS,
  },
  cairn_frost_aggregate_duration_seconds: {
    kind: 'histogram',
    roles: NODE,
    help: 'Time to aggregate a session and to verify its signature',
    buckets: WORK_SECONDS,
  },
  cairn_frost_shares_sent_total: { kind: 'counter', roles: NODE, help: 'Signature shares that this member sent' },
  cairn_frost_shares_received_total: {
    kind: 'counter',
    roles: NODE,
    help: 'Signature shares that arrived at this member as leader',
    labels: { peer: 'memberIndex', verdict: ['used', 'late', 'invalid'] },
  },
  cairn_frost_nonces_available: {
    kind: 'gauge',
    roles: NODE,
    help: 'Unspent nonce commitments of other members that this member holds for its current height and view',
  },
  cairn_frost_nonces_total: {
    kind: 'counter',
    roles: NODE,
    help: 'Secret nonces of this member; each one is made once and ends once',
    labels: { event: ['made', 'spent', 'destroyed'] },
  },
  cairn_dkg_epoch: { kind: 'gauge', roles: NODE, help: 'The epoch whose key share this member holds' },
  cairn_dkg_share_valid: {
    kind: 'gauge',
    roles: NODE,
    help: '1 while the key share on disk matches its public verification share',
  },
} as const satisfies MetricTable;
