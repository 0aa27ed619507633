import type { Hash, UnixMs } from '@cairn/primitives';
import { FUTURE_TOLERANCE_MS } from '@cairn/protocol';
import type { FeedState } from './feed-state.ts';
import { closableBefore, type LedgerState } from './ledger-state.ts';

/**
 * The earliest time of which a block is wanted although no batch waits (protocol section 5.3): to close the window that
 * can close first; before that, once a window is over, for blocks of the f + 1 leaders that its closing needs; and to
 * judge deferred reports. Leaders propose, if need be empty, blocks while it is not later than their clock.
 * @returns null when nothing is open.
 */
export function nextDue(state: LedgerState): { readonly atMs: UnixMs } | null {
  const known = answers.get(state);
  if (known?.stateHash === state.stateHash) return known.due;
  const due = findDue(state);
  answers.set(state, { stateHash: state.stateHash, due });
  return due;
}

/** Hosts ask at every turn, the answer changes with a block only. */
const answers = new WeakMap<LedgerState, { readonly stateHash: Hash; readonly due: ReturnType<typeof findDue> }>();

function findDue(state: LedgerState): { readonly atMs: UnixMs } | null {
  const passed = closableBefore(state);
  let atMs = Number.POSITIVE_INFINITY;
  for (const feed of state.feeds.values()) atMs = Math.min(atMs, feedDue(feed, passed));
  return Number.isFinite(atMs) ? { atMs } : null;
}

function feedDue({ feed, windows, deferred }: FeedState, passed: UnixMs): UnixMs {
  let atMs = Number.POSITIVE_INFINITY;
  for (const start of windows.keys()) {
    const end = start + feed.windowMs;
    atMs = Math.min(atMs, end < passed ? end + feed.graceMs + 1 : end + 1);
  }
  for (const ofDevice of deferred.values()) {
    for (const { observedAt } of ofDevice.values()) atMs = Math.min(atMs, observedAt - FUTURE_TOLERANCE_MS);
  }
  return atMs;
}
