import type { Verdict } from '@cairn/http';
import type { LabelsOf } from '@cairn/telemetry';

type Label = LabelsOf<'cairn_ingest_reports_total'>['verdict'];

const LABELS: Readonly<Record<string, Label>> = {
  INTAKE_SIGNATURE_INVALID: 'signature_invalid',
  INTAKE_POOL_EXCEEDED: 'overloaded',
  PROTOCOL_BYTES_EXCEEDED: 'exceeded',
  PROTOCOL_CBOR_MALFORMED: 'malformed',
  PROTOCOL_SHAPE_INVALID: 'malformed',
  duplicate: 'duplicate',
  future: 'future',
  'limit-exceeded': 'exceeded',
  malformed: 'malformed',
  'not-registered-for-feed': 'device_unknown',
  'out-of-range': 'out_of_range',
  replayed: 'replayed',
  stale: 'stale',
  'unknown-device': 'device_unknown',
  'unknown-feed': 'feed_unknown',
};

/** @returns the verdict's name in the metric, from a closed list. */
export function intakeVerdictOf({ status, code }: Verdict): Label {
  if (status === 'accepted') return 'accepted';
  return (code === undefined ? undefined : LABELS[code]) ?? 'refused';
}
