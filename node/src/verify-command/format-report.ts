import { decimalText } from '@cairn/client';
import type { Attestation, ChannelResult } from '@cairn/protocol';
import type { Check, VerificationReport } from '@cairn/verify';

const MARKS = { true: '\u2713', false: '\u2717', 'not-checked': '\u2013' } as const;

/** One line a check, then what was attested, then the verdict. */
export function formatReport(report: VerificationReport, attestation: Attestation): string[] {
  const verdict = report.verified ? 'verified' : 'NOT VERIFIED: do not use it';
  const values = report.verified ? formatSubject(attestation) : [];
  return [...report.checks.map(formatCheck), ...values, verdict];
}

/** `✓ network     network devnet ...`; a failure shows its code. */
export function formatCheck({ name, holds, code, detail }: Check): string {
  const mark = MARKS[String(holds) as keyof typeof MARKS];
  return `${mark} ${name.padEnd(11)} ${code === undefined ? '' : `${code}: `}${detail}`;
}

function formatSubject({ subject }: Attestation): string[] {
  return subject.kind === 'result' ? subject.result.channels.map(formatChannel) : [];
}

function formatChannel({ name, exponent, count, filtered, aggregates }: ChannelResult): string {
  const values = aggregates.map(
    ({ kind, code, value }) => `${kind} ${code === 'ok' ? decimalText(value, kind === 'count' ? 0 : exponent) : code}`,
  );
  return `  ${name.padEnd(11)} ${values.join(', ')} (${count} readings, ${filtered} filtered)`;
}
