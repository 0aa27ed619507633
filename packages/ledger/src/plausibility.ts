import type { FeedDefinition } from '@cairn/protocol';
import type { AcceptedReading, ReportFacts } from './reading.ts';

const MINUTE_MS = 60_000;

/**
 * Whether every channel changed by at most stepPerMinuteMax for each begun minute between the two, at least one: so
 * that two readings in one second may differ by as much as two in one minute.
 */
export function isPlausibleStep(feed: FeedDefinition, neighbour: AcceptedReading, report: ReportFacts): boolean {
  const elapsedMs = Math.abs(report.observedAt - neighbour.observedAt);
  const minutes = Math.max(1, Math.ceil(elapsedMs / MINUTE_MS));
  return feed.channels.every(({ stepPerMinuteMax }, i) => {
    if (stepPerMinuteMax === null) return true;
    // Exact: a channel's range is at most 2^53 - 1.
    const change = Math.abs((report.values[i] as number) - (neighbour.values[i] as number));
    const allowed = stepPerMinuteMax * minutes;
    return Number.isSafeInteger(allowed) ? change <= allowed : true;
  });
}

/** Whether the device can have moved that far: every move is plausible as long as no grid distance is measured. */
export function isPlausibleMove(_feed: FeedDefinition, _neighbour: AcceptedReading, _report: ReportFacts): boolean {
  return true;
}
