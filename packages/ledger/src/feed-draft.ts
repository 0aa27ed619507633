import type { PublicKey, UnixMs } from '@cairn/primitives';
import { encodeCanonical, toBytes } from '@cairn/protocol';
import type { CborWriter } from './cbor-writer.ts';
import { type DeviceRegistration, deviceRegistrationCodec } from './device-registration.ts';
import { type DeviceTrace, writeTrace } from './device-trace.ts';
import { deferredToCbor, type FeedState, putDeferred, putWindow } from './feed-state.ts';
import { countDeviceFeed, type LedgerState } from './ledger-state.ts';
import { addChunk, newWindow, type OpenWindow, type Sample, writeSamples } from './open-window.ts';
import type { ReportFacts } from './reading.ts';
import { keyOf, type StateWrite } from './state-entry.ts';

/** What one block adds to a window. */
export interface WindowDraft {
  readonly start: UnixMs;
  readonly group: string;
  /** Undefined: this block opened it. */
  readonly base: OpenWindow | undefined;
  readonly added: Sample[];
  readonly deviceCounts: Map<PublicKey, number>;
  isClosed: boolean;
}

/**
 * One feed as a block under execution sees it: the committed state, read only, under the block's own changes.
 * All its maps are in the order in which the block made the changes, which is the same on every node.
 */
export class FeedDraft {
  readonly base: FeedState;
  readonly #registrations = new Map<PublicKey, DeviceRegistration | null>();
  readonly #traces = new Map<PublicKey, DeviceTrace | null>();
  readonly #windows = new Map<UnixMs, Map<string, WindowDraft>>();
  readonly #windowsInOrder: WindowDraft[] = [];
  readonly #groupsOpened = new Map<string, number>();
  readonly #deferred = new Map<PublicKey, Map<number, ReportFacts | null>>();
  #registrationCount: number;
  #windowCount: number;
  #groupCount: number;
  #deferredCount: number;
  #closedEnd: UnixMs;
  /** Registrations that this block accepted for the feed. */
  registrationsAccepted = 0;
  isSwept = false;

  constructor(base: FeedState) {
    this.base = base;
    this.#registrationCount = base.registrations.size;
    this.#windowCount = base.windowCount;
    this.#groupCount = base.groups.size;
    this.#deferredCount = base.deferredCount;
    this.#closedEnd = base.closedEnd;
  }

  get registrationCount(): number {
    return this.#registrationCount;
  }
  get windowCount(): number {
    return this.#windowCount;
  }
  get groupCount(): number {
    return this.#groupCount;
  }
  get deferredCount(): number {
    return this.#deferredCount;
  }
  get closedEnd(): UnixMs {
    return this.#closedEnd;
  }

  registrationOf(device: PublicKey): DeviceRegistration | undefined {
    const changed = this.#registrations.size === 0 ? undefined : this.#registrations.get(device);
    return changed === undefined ? this.base.registrations.get(device) : (changed ?? undefined);
  }

  setRegistration(device: PublicKey, entry: DeviceRegistration): void {
    if (this.registrationOf(device) === undefined) this.#registrationCount++;
    this.#registrations.set(device, entry);
  }

  /** Drops a device that is registered here, with its trace. */
  forgetDevice(device: PublicKey): void {
    this.#registrationCount--;
    this.#registrations.set(device, null);
    if (this.traceOf(device) !== undefined) this.#traces.set(device, null);
  }

  traceOf(device: PublicKey): DeviceTrace | undefined {
    const changed = this.#traces.get(device);
    return changed === undefined ? this.base.traces.get(device) : (changed ?? undefined);
  }

  setTrace(device: PublicKey, trace: DeviceTrace): void {
    this.#traces.set(device, trace);
  }

  /** @returns the window when it is open. */
  windowOf(start: UnixMs, group: string): WindowDraft | OpenWindow | undefined {
    return this.#windows.get(start)?.get(group) ?? this.base.windows.get(start)?.get(group);
  }

  isGroupOpen(group: string): boolean {
    return this.base.groups.has(group) || this.#groupsOpened.has(group);
  }

  sampleCountOf(start: UnixMs, group: string): number {
    const draft = this.#windows.get(start)?.get(group);
    const base = draft === undefined ? this.base.windows.get(start)?.get(group) : draft.base;
    return (base?.sampleCount ?? 0) + (draft?.added.length ?? 0);
  }

  deviceSamplesOf(start: UnixMs, group: string, device: PublicKey): number {
    const draft = this.#windows.get(start)?.get(group);
    const base = draft === undefined ? this.base.windows.get(start)?.get(group) : draft.base;
    return (base?.deviceCounts.get(device) ?? 0) + (draft?.deviceCounts.get(device) ?? 0);
  }

  /** Adds a sample to its window, opening it if needed. */
  addSample(start: UnixMs, group: string, sample: Sample): void {
    const window = this.#windowDraft(start, group);
    window.added.push(sample);
    window.deviceCounts.set(sample.device, (window.deviceCounts.get(sample.device) ?? 0) + 1);
  }

  /** Closes a window that was open before this block. @returns all its samples, oldest block first. */
  closeWindow(start: UnixMs, group: string, end: UnixMs): Sample[] {
    const window = this.#windowDraft(start, group);
    window.isClosed = true;
    this.#closedEnd = Math.max(this.#closedEnd, end);
    return (window.base?.chunks ?? []).flatMap((chunk) => chunk.samples).concat(window.added);
  }

  #windowDraft(start: UnixMs, group: string): WindowDraft {
    let ofStart = this.#windows.get(start);
    if (ofStart === undefined) {
      ofStart = new Map();
      this.#windows.set(start, ofStart);
    }
    let window = ofStart.get(group);
    if (window === undefined) {
      const base = this.base.windows.get(start)?.get(group);
      window = { start, group, base, added: [], deviceCounts: new Map(), isClosed: false };
      ofStart.set(group, window);
      this.#windowsInOrder.push(window);
      if (base === undefined) this.#opened(group);
    }
    return window;
  }

  #opened(group: string): void {
    this.#windowCount++;
    if (!this.isGroupOpen(group)) this.#groupCount++;
    this.#groupsOpened.set(group, 1);
  }

  deferredOf(device: PublicKey, seq: number): ReportFacts | undefined {
    const changed = this.#deferred.get(device)?.get(seq);
    return changed === undefined ? this.base.deferred.get(device)?.get(seq) : (changed ?? undefined);
  }

  deferredCountOf(device: PublicKey): number {
    const base = this.base.deferred.get(device);
    let count = base?.size ?? 0;
    for (const [seq, report] of this.#deferred.get(device) ?? []) {
      if (report === null) count--;
      else if (!base?.has(seq)) count++;
    }
    return count;
  }

  defer(report: ReportFacts): void {
    this.#deferredCount++;
    this.#setDeferred(report, report);
  }

  /** Takes a report out of the deferred. */
  settle(report: ReportFacts): void {
    this.#deferredCount--;
    this.#setDeferred(report, null);
  }

  #setDeferred({ device, seq }: ReportFacts, value: ReportFacts | null): void {
    const ofDevice = this.#deferred.get(device) ?? new Map<number, ReportFacts | null>();
    ofDevice.set(seq, value);
    this.#deferred.set(device, ofDevice);
  }

  /** Appends the block's changes to this feed, in the order registrations, traces, deferred, windows. */
  writes(out: StateWrite[], writer: CborWriter, height: number): void {
    const { id } = this.base.feed;
    for (const [device, entry] of this.#registrations) {
      const value = entry === null ? null : toBytes(deviceRegistrationCodec, entry);
      out.push({ key: keyOf.registration(id, device), value });
    }
    for (const [device, trace] of this.#traces) {
      out.push({ key: keyOf.trace(id, device), value: trace === null ? null : writeTrace(writer, trace) });
    }
    for (const [device, ofDevice] of this.#deferred) {
      for (const [seq, report] of ofDevice) {
        const value = report === null ? null : encodeCanonical(deferredToCbor(report));
        out.push({ key: keyOf.deferred(id, device, seq), value });
      }
    }
    for (const window of this.#windowsInOrder) windowWrites(out, { id, window, height, writer });
    if (this.#closedEnd !== this.base.closedEnd) {
      out.push({ key: keyOf.closed(id), value: encodeCanonical(this.#closedEnd) });
    }
  }

  /** Carries the changes into the committed state. Mutates it, and `base`, which is its feed. */
  commit(state: LedgerState, height: number): void {
    const { base } = this;
    for (const [device, entry] of this.#registrations) {
      if ((entry !== null) !== base.registrations.has(device)) countDeviceFeed(state, device, entry === null ? -1 : 1);
      putOrDelete(base.registrations, device, entry);
    }
    for (const [device, trace] of this.#traces) putOrDelete(base.traces, device, trace);
    for (const [device, ofDevice] of this.#deferred) {
      for (const [seq, report] of ofDevice) putDeferred(base, device, seq, report);
    }
    for (const { start, group, base: open, added, isClosed } of this.#windowsInOrder) {
      if (isClosed) {
        putWindow(base, start, group, null);
      } else {
        const window = open ?? newWindow(start, group);
        addChunk(window, { height, samples: added });
        if (open === undefined) putWindow(base, start, group, window);
      }
    }
    base.closedEnd = this.#closedEnd;
  }
}

function windowWrites(
  out: StateWrite[],
  at: { readonly id: string; readonly window: WindowDraft; readonly height: number; readonly writer: CborWriter },
): void {
  const { start, group, base, added, isClosed } = at.window;
  if (!isClosed) {
    out.push({ key: keyOf.samples(at.id, start, group, at.height), value: writeSamples(at.writer, added) });
    return;
  }
  // What the closing block itself added was never stored.
  for (const { height } of base?.chunks ?? [])
    out.push({ key: keyOf.samples(at.id, start, group, height), value: null });
}

function putOrDelete<K, V>(map: Map<K, V>, key: K, value: V | null): void {
  if (value === null) map.delete(key);
  else map.set(key, value);
}
