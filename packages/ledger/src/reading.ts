import type { UnixMs } from '@cairn/primitives';
import type { CborValue, DeviceReport, ReportPayload } from '@cairn/protocol';
import { refuseState } from './state-entry.ts';

/** What rules read of a report: its bytes stay in the batch. */
export type ReportFacts = Pick<DeviceReport, 'id' | 'device' | keyof ReportPayload>;

/** An accepted report as its device's trace remembers it. */
export interface AcceptedReading {
  readonly seq: number;
  readonly observedAt: UnixMs;
  readonly cell: bigint | null;
  readonly values: readonly number[];
}

/** @returns whether the two say the same: signatures are not unique, so ids may differ where payloads do not. */
export function isSamePayload(reading: AcceptedReading, report: ReportFacts): boolean {
  return (
    reading.seq === report.seq &&
    reading.observedAt === report.observedAt &&
    reading.cell === (report.cell ?? null) &&
    reading.values.length === report.values.length &&
    reading.values.every((value, i) => value === report.values[i])
  );
}

export function readingOf(report: ReportFacts): AcceptedReading {
  const { seq, observedAt, values } = report;
  return { seq, observedAt, cell: report.cell ?? null, values };
}

/** From [seq, observedAt, cell or null, value ...]. @throws LEDGER_STATE_MALFORMED */
export function toReading(value: CborValue): AcceptedReading {
  if (!Array.isArray(value) || value.length < 4) return refuseState('a reading');
  const [seq, observedAt, cell, ...values] = value as CborValue[];
  if (typeof seq !== 'number' || typeof observedAt !== 'number') return refuseState('a reading');
  return { seq, observedAt, cell: toCell(cell as CborValue), values: toValues(values) };
}

/** @throws LEDGER_STATE_MALFORMED */
export function toCell(value: CborValue): bigint | null {
  if (value === null || typeof value === 'bigint') return value;
  return typeof value === 'number' ? BigInt(value) : refuseState('a cell');
}

/** @throws LEDGER_STATE_MALFORMED */
export function toValues(values: readonly CborValue[]): readonly number[] {
  if (!values.every((value) => typeof value === 'number')) return refuseState('integer values');
  return values as readonly number[];
}
