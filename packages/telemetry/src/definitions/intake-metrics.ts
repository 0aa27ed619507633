import { BYTES, COUNTS, type MetricTable, NODE, WAIT_SECONDS, WORK_SECONDS } from '../metric-definition.ts';

/** From a device's request to a batch in a block. */
export const INTAKE_METRICS = {
  cairn_ingest_reports_total: {
    kind: 'counter',
    roles: NODE,
    help: 'Reports that devices sent to this member, by verdict at the door',
    labels: {
      verdict: [
        'accepted',
        'duplicate',
        'malformed',
        'signature_invalid',
        'device_unknown',
        'feed_unknown',
        'replayed',
        'stale',
        'future',
        'out_of_range',
        'exceeded',
        'overloaded',
        'refused',
      ],
    },
  },
  cairn_ingest_request_duration_seconds: {
    kind: 'histogram',
    roles: NODE,
    help: 'Time from a request to its acknowledgement, the durable write included',
    buckets: WAIT_SECONDS,
  },
  cairn_ingest_request_reports: {
    kind: 'histogram',
    roles: NODE,
    help: 'Reports in one request',
    buckets: COUNTS,
  },
  cairn_ingest_received_bytes_total: { kind: 'counter', roles: NODE, help: 'Bytes of report bodies that arrived' },
  cairn_ingest_pending_reports: {
    kind: 'gauge',
    roles: NODE,
    help: 'Reports acknowledged by this member and not yet in a certified block',
  },
  cairn_ingest_certified_latency_seconds: {
    kind: 'histogram',
    roles: NODE,
    help: 'Time from the acknowledgement of a report to the certified block that holds it',
    buckets: WAIT_SECONDS,
  },
  cairn_ingest_verify_duration_seconds: {
    kind: 'histogram',
    roles: NODE,
    help: 'Time a worker took to verify the signatures of one request or batch',
    buckets: WORK_SECONDS,
  },
  cairn_batch_published_total: { kind: 'counter', roles: NODE, help: 'Batches that this member made' },
  cairn_batch_received_total: {
    kind: 'counter',
    roles: NODE,
    help: 'Batches of other members, by verdict',
    labels: { verdict: ['accepted', 'known', 'invalid', 'exceeded'] },
  },
  cairn_batch_items: {
    kind: 'histogram',
    roles: NODE,
    help: 'Items in a batch that this member made',
    buckets: COUNTS,
  },
  cairn_batch_size_bytes: {
    kind: 'histogram',
    roles: NODE,
    help: 'Bytes of a batch that this member made',
    buckets: BYTES,
  },
  cairn_batch_pending: { kind: 'gauge', roles: NODE, help: 'Valid batches that are in no certified block yet' },
  cairn_batch_fetches_total: {
    kind: 'counter',
    roles: NODE,
    help: 'Batches named in a proposal that had to be fetched',
    labels: { outcome: ['found', 'missing'] },
  },
} as const satisfies MetricTable;
