import { compareText } from '@cairn/primitives';
import { BLOCK_SETTLED_MAX, FUTURE_TOLERANCE_MS, type Receipt } from '@cairn/protocol';
import type { BlockDraft } from './block-draft.ts';
import { executeReport } from './judge-report.ts';
import type { ReportFacts } from './reading.ts';

/**
 * Judges again the deferred reports whose time has come, by (observedAt, feed, device, seq), at most BLOCK_SETTLED_MAX.
 * @returns their receipts, which stand behind those of the block's items.
 */
export function settleDeferred(draft: BlockDraft): Receipt[] {
  const due: ReportFacts[] = [];
  for (const feed of draft.state.feeds.values()) {
    if (feed.deferredCount === 0) continue;
    for (const ofDevice of feed.deferred.values()) {
      for (const report of ofDevice.values()) {
        if (report.observedAt <= draft.time + FUTURE_TOLERANCE_MS) due.push(report);
      }
    }
  }
  // Sorted: a restored state iterates in another order.
  due.sort(compareReports);
  return due.slice(0, BLOCK_SETTLED_MAX).map((report) => {
    draft.feed(report.feed)?.settle(report);
    return { id: report.id, code: executeReport(draft, report) };
  });
}

function compareReports(a: ReportFacts, b: ReportFacts): number {
  return a.observedAt - b.observedAt || compareText(a.feed, b.feed) || compareText(a.device, b.device) || a.seq - b.seq;
}
