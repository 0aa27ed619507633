import { verifySignature } from '@cairn/crypto';
import { CairnError, type UnixMs } from '@cairn/primitives';
import {
  type Attestation,
  type BlockHeader,
  type DecodedReport,
  decodeReport,
  type FeedResult,
  FUTURE_TOLERANCE_MS,
} from '@cairn/protocol';
import type { VerifyErrorCode } from './errors.ts';
import type { TrustRoot } from './trust-root.ts';
import { type Check, fails, holds, notChecked } from './verification-report.ts';

/** A subject's check, and the time of what it says: the window's end, or the observation. */
export interface SubjectCheck {
  readonly check: Check;
  readonly observedAt?: UnixMs;
}

/** Is the report its device's own, the result free of contradiction? */
export function checkSubject(attestation: Attestation, root: TrustRoot): SubjectCheck {
  const { subject } = attestation;
  return subject.kind === 'result' ? checkResult(subject.result) : checkReport(subject.report, root);
}

function checkResult(result: FeedResult): SubjectCheck {
  const { feed, group, windowStart, windowEnd, status, channels } = result;
  // "A window with too few devices yields a result that says so, never a number" (protocol section 6).
  if (windowEnd <= windowStart || (status !== 'final' && channels.length > 0)) {
    return { check: fails('subject', 'VERIFY_SUBJECT_INVALID', 'the result contradicts itself') };
  }
  const place = group === '' ? feed : `${feed}/${group}`;
  const window = `${isoTime(windowStart)} to ${isoTime(windowEnd)}`;
  const evidence = `${result.reports} reports of ${result.devices} devices, ${result.filtered} filtered, ${status}`;
  return { check: holds('subject', `result ${place}, ${window}: ${evidence}`), observedAt: windowEnd };
}

function checkReport(bytes: Uint8Array, root: TrustRoot): SubjectCheck {
  let decoded: DecodedReport;
  try {
    decoded = decodeReport(bytes, root.networkId);
  } catch (error) {
    const why = error instanceof CairnError ? error.message : 'malformed';
    return { check: fails('subject', 'VERIFY_SUBJECT_MALFORMED', `no device report: ${why}`) };
  }
  const { report, signedBytes, signature } = decoded;
  if (!verifySignature(report.device, signedBytes, signature)) {
    return { check: fails('subject', 'VERIFY_SUBJECT_INVALID', `device ${report.device} did not sign this report`) };
  }
  const detail = `report ${report.id} of device ${report.device}, ${report.feed} #${report.seq}`;
  return { check: holds('subject', detail), observedAt: report.observedAt };
}

/** How old an attestation may be. */
export interface FreshnessOptions {
  /** The verifier's clock, unix milliseconds. */
  readonly nowMs?: UnixMs;
  /** Refuses what is older than this; needs `nowMs`. */
  readonly maxAgeMs?: number;
}

/** Is it recent enough? The older of block and subject counts. Asked for only; 'not-checked' otherwise. */
export function checkFreshness(
  times: { readonly header: BlockHeader | undefined; readonly observedAt: UnixMs | undefined },
  options: FreshnessOptions,
): Check {
  const { nowMs, maxAgeMs } = options;
  if (maxAgeMs === undefined) return notChecked('freshness', 'no maximum age was asked for');
  if (nowMs === undefined || !Number.isFinite(nowMs) || !(maxAgeMs >= 0)) {
    throw new CairnError<VerifyErrorCode>('VERIFY_OPTIONS_INVALID', 'maxAgeMs needs nowMs, and both are numbers');
  }
  if (times.header === undefined || times.observedAt === undefined) {
    return notChecked('freshness', 'its time cannot be read');
  }
  const ageMs = nowMs - Math.min(times.header.time, times.observedAt);
  const aheadMs = Math.max(times.header.time, times.observedAt) - nowMs;
  if (aheadMs > FUTURE_TOLERANCE_MS) {
    return fails('freshness', 'VERIFY_FRESHNESS_OUT_OF_RANGE', `${aheadMs} ms ahead of the clock`);
  }
  if (ageMs > maxAgeMs) return fails('freshness', 'VERIFY_FRESHNESS_EXCEEDED', `${ageMs} ms old, over ${maxAgeMs} ms`);
  return holds('freshness', `${Math.max(0, ageMs)} ms old, at most ${maxAgeMs} ms`);
}

function isoTime(unixMs: UnixMs): string {
  const date = new Date(unixMs);
  return Number.isNaN(date.getTime()) ? String(unixMs) : date.toISOString();
}
