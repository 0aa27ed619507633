import { compareText, type UnixMs } from '@cairn/primitives';
import { BLOCK_CLOSED_READINGS_MAX, BLOCK_WINDOWS_MAX, type FeedResult } from '@cairn/protocol';
import type { BlockDraft } from './block-draft.ts';
import { feedResultOf } from './feed-result-of.ts';
import type { FeedState } from './feed-state.ts';
import type { LedgerState } from './ledger-state.ts';

/** The open windows of one feed that end together. */
export interface EndingWindows {
  readonly feed: FeedState;
  readonly start: UnixMs;
  readonly end: UnixMs;
}

/**
 * Closes due windows in the order (end, feed, group). "A block closes at most K windows; the rest stays due": and so do
 * those whose readings would go over the bound, unless they are the first.
 */
export function closeWindows(draft: BlockDraft): FeedResult[] {
  const results: FeedResult[] = [];
  let readings = 0;
  for (const { feed, start, end } of endingWindows(draft.state, (at, graceMs) => draft.isClosable(at, graceMs))) {
    const feedDraft = draft.feed(feed.feed.id);
    if (feedDraft === undefined) continue;
    for (const group of [...(feed.windows.get(start)?.keys() ?? [])].sort(compareText)) {
      readings += feedDraft.sampleCountOf(start, group) * feed.feed.channels.length;
      const isOverBound = readings > BLOCK_CLOSED_READINGS_MAX && results.length > 0;
      if (results.length === BLOCK_WINDOWS_MAX || isOverBound) return results;
      results.push(feedResultOf(feed.feed, { group, start }, feedDraft.closeWindow(start, group, end)));
    }
  }
  return results;
}

/** @returns the windows that `isWanted`, by (end, feed). */
function endingWindows(state: LedgerState, isWanted: (end: UnixMs, graceMs: number) => boolean): EndingWindows[] {
  const out: EndingWindows[] = [];
  for (const feed of state.feeds.values()) {
    const { windowMs, graceMs } = feed.feed;
    for (const start of feed.windows.keys()) {
      if (isWanted(start + windowMs, graceMs)) out.push({ feed, start, end: start + windowMs });
    }
  }
  return out.sort((a, b) => a.end - b.end || compareText(a.feed.feed.id, b.feed.feed.id));
}
