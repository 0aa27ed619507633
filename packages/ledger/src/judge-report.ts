import type { UnixMs } from '@cairn/primitives';
import {
  DEVICE_DEFERRED_MAX,
  FEED_DEFERRED_MAX,
  FEED_GROUPS_MAX,
  FEED_OPEN_WINDOWS_MAX,
  type FeedDefinition,
  FUTURE_DEFERRED_MS_MAX,
  FUTURE_TOLERANCE_MS,
  type ReceiptCode,
  WINDOW_SAMPLES_MAX,
} from '@cairn/protocol';
import type { BlockDraft } from './block-draft.ts';
import type { DeviceRegistration } from './device-registration.ts';
import { acceptReading, type DeviceTrace, neighboursOf, replayVerdict } from './device-trace.ts';
import type { FeedDraft } from './feed-draft.ts';
import { cellParent, cellText, isValidCell } from './h3-cell.ts';
import { windowStartOf } from './open-window.ts';
import { isPlausibleMove, isPlausibleStep } from './plausibility.ts';
import { isSamePayload, type ReportFacts, readingOf } from './reading.ts';

/** The verdict on a report, and where it goes. `start` and `group` count for `accepted` only. */
export interface ReportVerdict {
  readonly code: ReceiptCode;
  readonly start: UnixMs;
  readonly group: string;
}

/** Judges a report against the draft, and applies it: accepted into its window, or kept as deferred. */
export function executeReport(draft: BlockDraft, report: ReportFacts): ReceiptCode {
  const { code, start, group } = judgeReport(draft, report);
  const feed = code === 'accepted' || code === 'deferred' ? draft.feed(report.feed) : undefined;
  if (feed === undefined) return code;
  if (code === 'deferred') {
    feed.defer(factsOf(report));
  } else {
    feed.setTrace(report.device, acceptReading(feed.traceOf(report.device), readingOf(report)));
    feed.addSample(start, group, { device: report.device, values: report.values });
  }
  return code;
}

/** Judges a report without changing anything. Rules that no time changes come first, so that no nonsense is deferred. */
export function judgeReport(draft: BlockDraft, report: ReportFacts): ReportVerdict {
  const feed = draft.feed(report.feed);
  if (feed === undefined) return refused('unknown-feed');
  const rules = feed.base.feed;
  const registration = feed.registrationOf(report.device);
  if (registration === undefined)
    return refused(draft.isRegisteredAnywhere(report.device) ? 'not-registered-for-feed' : 'unknown-device');
  const trace = feed.traceOf(report.device);
  const code =
    registrationCode(registration, report) ??
    replayCode(feed, trace, report) ??
    rangeCode(rules, report) ??
    // A report older than the feed's freshness at the block's time is stale.
    (report.observedAt < draft.time - rules.freshnessMs ? 'stale' : null);
  if (code !== null) return refused(code);
  const group = groupOf(rules, registration, report);
  if (group === null) return refused('cell-invalid');
  // An open feed's "groups are limited to those that a registrar allows" (protocol section 3).
  if (rules.groupsAllowed !== null && !rules.groupsAllowed.includes(group)) return refused('group-not-allowed');
  // "'Future' (more than 10 s after the block's time) is deferred: it stays pending, bounded" (protocol section 6).
  if (report.observedAt > draft.time + FUTURE_TOLERANCE_MS) return refused(futureCode(draft, feed, report));
  const plausibility = plausibilityCode(rules, { registration, trace }, report);
  if (plausibility !== null) return refused(plausibility);
  const start = windowStartOf(report.observedAt, rules.windowMs);
  return { code: windowCode(draft, feed, { report, start, group }) ?? 'accepted', start, group };
}

function refused(code: ReceiptCode): ReportVerdict {
  return { code, start: 0, group: '' };
}

function registrationCode(registration: DeviceRegistration, { observedAt }: ReportFacts): ReceiptCode | null {
  if (registration.revocationIssuedAt !== null) return 'revoked';
  // notBefore and notAfter "bound observedAt" (protocol section 3).
  const isOutside = observedAt < registration.notBefore || observedAt > registration.notAfter;
  return isOutside ? 'outside-registration' : null;
}

/** "Two payloads for one (device, feed, seq): the first ordered counts" (protocol section 6). */
function replayCode(feed: FeedDraft, trace: DeviceTrace | undefined, report: ReportFacts): ReceiptCode | null {
  const verdict = replayVerdict(trace, report.seq);
  if (verdict === 'below-window') return 'replayed';
  if (verdict === 'seen') {
    const accepted = trace?.recent.find((reading) => reading.seq === report.seq);
    if (accepted === undefined) return 'replayed';
    return isSamePayload(accepted, report) ? 'duplicate' : 'conflicting';
  }
  const deferred = feed.deferredCount === 0 ? undefined : feed.deferredOf(report.device, report.seq);
  if (deferred === undefined) return null;
  return isSamePayload(readingOf(deferred), report) ? 'duplicate' : 'conflicting';
}

function rangeCode(rules: FeedDefinition, { values }: ReportFacts): ReceiptCode | null {
  const { channels } = rules;
  if (values.length !== channels.length) return 'channels-mismatch';
  for (let i = 0; i < channels.length; i++) {
    const { min, max } = channels[i] as FeedDefinition['channels'][number];
    const value = values[i] as number;
    if (value < min || value > max) return 'out-of-range';
  }
  return null;
}

/** @returns '' when the feed has no groups; null when there is no cell, or one that is invalid or too coarse. */
function groupOf(rules: FeedDefinition, registration: DeviceRegistration, report: ReportFacts): string | null {
  if (report.cell !== undefined && !isValidCell(report.cell)) return null;
  if (rules.groupResolution === null) return '';
  // The registration's cell stands in when the report has none; it was validated when it was accepted.
  const cell = report.cell ?? registration.cell;
  const parent = cell === null ? null : cellParent(cell, rules.groupResolution);
  return parent === null ? null : cellText(parent);
}

function futureCode(draft: BlockDraft, feed: FeedDraft, { observedAt, device }: ReportFacts): ReceiptCode {
  if (observedAt > draft.time + FUTURE_DEFERRED_MS_MAX) return 'future';
  if (feed.deferredCount >= FEED_DEFERRED_MAX) return 'limit-exceeded';
  return feed.deferredCountOf(device) >= DEVICE_DEFERRED_MAX ? 'limit-exceeded' : 'deferred';
}

/** "Step and move are judged against the accepted neighbour in observedAt, not in order of arrival." */
function plausibilityCode(
  rules: FeedDefinition,
  known: { readonly registration: DeviceRegistration; readonly trace: DeviceTrace | undefined },
  report: ReportFacts,
): ReceiptCode | null {
  for (const neighbour of neighboursOf(known.trace, report.observedAt)) {
    if (!isPlausibleStep(rules, neighbour, report)) return 'implausible-step';
    if (!isPlausibleMove(rules, known.registration.cell, { neighbour, report })) return 'implausible-move';
  }
  return null;
}

function windowCode(
  draft: BlockDraft,
  feed: FeedDraft,
  at: { readonly report: ReportFacts; readonly start: UnixMs; readonly group: string },
): ReceiptCode | null {
  const { start, group } = at;
  const rules = feed.base.feed;
  if (feed.windowOf(start, group) === undefined) {
    const end = start + rules.windowMs;
    // Opened now, it would hold only what this one leader put in; and what was closed stays closed.
    if (end <= feed.closedEnd || draft.isClosable(end, rules.graceMs)) return 'window-closed';
    if (feed.windowCount >= FEED_OPEN_WINDOWS_MAX) return 'limit-exceeded';
    return !feed.isGroupOpen(group) && feed.groupCount >= FEED_GROUPS_MAX ? 'limit-exceeded' : null;
  }
  if (feed.sampleCountOf(start, group) >= WINDOW_SAMPLES_MAX) return 'window-full';
  const ofDevice = feed.deviceSamplesOf(start, group, at.report.device);
  return ofDevice >= rules.deviceReportsMax ? 'limit-exceeded' : null;
}

/** The facts alone: a deferred report must not keep its batch's bytes in memory. */
function factsOf(report: ReportFacts): ReportFacts {
  const { id, device, feed, seq, observedAt, values } = report;
  const facts = { id, device, feed, seq, observedAt, values };
  return report.cell === undefined ? facts : { ...facts, cell: report.cell };
}
