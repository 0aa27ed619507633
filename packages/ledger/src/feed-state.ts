import type { Hash, PublicKey, UnixMs } from '@cairn/primitives';
import {
  type CborValue,
  CHANNELS_MAX,
  type Codec,
  type FeedDefinition,
  hash,
  int,
  list,
  nullable,
  struct,
  uint,
  uint64,
} from '@cairn/protocol';
import type { DeviceRegistration } from './device-registration.ts';
import type { DeviceTrace } from './device-trace.ts';
import type { OpenWindow } from './open-window.ts';
import type { ReportFacts } from './reading.ts';

/** Everything that the state holds of one feed. Changed by `commit` and `restoreState` only. */
export interface FeedState {
  readonly feed: FeedDefinition;
  readonly registrations: Map<PublicKey, DeviceRegistration>;
  readonly traces: Map<PublicKey, DeviceTrace>;
  /** By start, then group. No inner map is empty. */
  readonly windows: Map<UnixMs, Map<string, OpenWindow>>;
  windowCount: number;
  /** Open windows of each group. */
  readonly groups: Map<string, number>;
  /** By device, then seq. No inner map is empty. */
  readonly deferred: Map<PublicKey, Map<number, ReportFacts>>;
  deferredCount: number;
  /** Latest end of a window that was closed; -1: none. */
  closedEnd: UnixMs;
}

export function newFeedState(feed: FeedDefinition): FeedState {
  return {
    feed,
    registrations: new Map(),
    traces: new Map(),
    windows: new Map(),
    windowCount: 0,
    groups: new Map(),
    deferred: new Map(),
    deferredCount: 0,
    closedEnd: -1,
  };
}

/** A deferred report without what its key says. */
interface DeferredValue {
  readonly id: Hash;
  readonly observedAt: UnixMs;
  readonly cell: bigint | null;
  readonly values: readonly number[];
}
const deferredValue: Codec<DeferredValue> = struct({
  id: hash,
  observedAt: uint(),
  cell: nullable(uint64),
  values: list(int, CHANNELS_MAX, 1),
});

export function deferredToCbor(report: ReportFacts): CborValue {
  const { id, observedAt, values } = report;
  return deferredValue.encode({ id, observedAt, cell: report.cell ?? null, values });
}

/** @throws PROTOCOL_SHAPE_INVALID */
export function deferredFromCbor(
  value: CborValue,
  key: { readonly feed: string; readonly device: PublicKey; readonly seq: number },
): ReportFacts {
  const { id, observedAt, cell, values } = deferredValue.decode(value);
  const facts = { id, device: key.device, feed: key.feed, seq: key.seq, observedAt, values };
  return cell === null ? facts : { ...facts, cell };
}

/** Sets or removes (null) an open window, keeping the counts. Mutates. */
export function putWindow(state: FeedState, start: UnixMs, group: string, window: OpenWindow | null): void {
  const ofStart = state.windows.get(start) ?? new Map<string, OpenWindow>();
  const change = (window === null ? 0 : 1) - (ofStart.has(group) ? 1 : 0);
  if (window === null) ofStart.delete(group);
  else ofStart.set(group, window);
  if (ofStart.size === 0) state.windows.delete(start);
  else state.windows.set(start, ofStart);
  state.windowCount += change;
  const openInGroup = (state.groups.get(group) ?? 0) + change;
  if (openInGroup === 0) state.groups.delete(group);
  else state.groups.set(group, openInGroup);
}

/** Sets or removes (null) a deferred report, keeping the count. Mutates. */
export function putDeferred(state: FeedState, device: PublicKey, seq: number, report: ReportFacts | null): void {
  const ofDevice = state.deferred.get(device) ?? new Map<number, ReportFacts>();
  state.deferredCount += (report === null ? 0 : 1) - (ofDevice.has(seq) ? 1 : 0);
  if (report === null) ofDevice.delete(seq);
  else ofDevice.set(seq, report);
  if (ofDevice.size === 0) state.deferred.delete(device);
  else state.deferred.set(device, ofDevice);
}
