import { CairnError, compareText, fromUtf8, hasCode, type PublicKey } from '@cairn/primitives';
import {
  BLOCK_BYTES_MAX,
  decodeCanonical,
  encodeCanonical,
  fromBytes,
  type Genesis,
  toBytes,
  uint,
} from '@cairn/protocol';
import { CborWriter } from './cbor-writer.ts';
import { countedVotesCodec } from './counted-votes.ts';
import { deviceRegistrationCodec } from './device-registration.ts';
import { traceDecoder, writeTrace } from './device-trace.ts';
import { deferredFromCbor, deferredToCbor, type FeedState, putDeferred, putWindow } from './feed-state.ts';
import { rosterCodec } from './leader-roster.ts';
import { countDeviceFeed, countedBatchesCodec, genesisState, type LedgerState } from './ledger-state.ts';
import { addChunk, newWindow, type SampleChunk, toSamples, writeSamples } from './open-window.ts';
import { keyOf, parseKey, refuseState, type StateEntry, type StateKey, type StateMeta } from './state-entry.ts';

/** No entry is larger: samples take less than the reports that they came in. */
const ENTRY_BYTES_MAX = BLOCK_BYTES_MAX;

/** An entry as a store gives it back. */
export interface StoredEntry {
  readonly key: Uint8Array | string;
  readonly value: Uint8Array;
}

/**
 * Builds the state from all its entries, in any order. That they are the right ones, only a snapshot root tells.
 * @param meta height, time and stateHash of the header of the block that made the state.
 * @throws LEDGER_STATE_MALFORMED
 */
export function restoreState(genesis: Genesis, entries: Iterable<StoredEntry>, meta: StateMeta): LedgerState {
  const state = genesisState(genesis);
  state.height = meta.height;
  state.time = meta.time;
  state.stateHash = meta.stateHash;
  const chunks: [Extract<StateKey, { kind: 'samples' }>, SampleChunk][] = [];
  for (const { key, value } of entries) {
    const text = typeof key === 'string' ? key : fromUtf8(key);
    const parsed = parseKey(text);
    const restored = coded(text, () => {
      if (parsed.kind === 'samples') return toSamples(decodeCanonical(value, ENTRY_BYTES_MAX));
      restoreEntry(state, parsed, value);
      return null;
    });
    if (parsed.kind === 'samples' && restored !== null)
      chunks.push([parsed, { height: parsed.height, samples: restored }]);
  }
  chunks.sort(([a], [b]) => a.height - b.height);
  for (const [key, chunk] of chunks) restoreChunk(feedOf(state, key.feed), key, chunk);
  return state;
}

function restoreEntry(state: LedgerState, key: Exclude<StateKey, { kind: 'samples' }>, value: Uint8Array): void {
  switch (key.kind) {
    case 'registration':
      feedOf(state, key.feed).registrations.set(key.device, fromBytes(deviceRegistrationCodec, value, ENTRY_BYTES_MAX));
      countDeviceFeed(state, key.device, 1);
      return;
    case 'trace':
      feedOf(state, key.feed).traces.set(key.device, traceDecoder.decode(decodeCanonical(value, ENTRY_BYTES_MAX)));
      return;
    case 'deferred': {
      const report = deferredFromCbor(decodeCanonical(value, ENTRY_BYTES_MAX), key);
      putDeferred(feedOf(state, key.feed), key.device, key.seq, report);
      return;
    }
    case 'closed':
      feedOf(state, key.feed).closedEnd = fromBytes(uint(), value, ENTRY_BYTES_MAX);
      return;
    case 'leader':
      state.leaders.set(key.identityKey, fromBytes(uint(), value, ENTRY_BYTES_MAX));
      return;
    case 'roster':
      state.roster = fromBytes(rosterCodec, value, ENTRY_BYTES_MAX);
      if (state.roster.members.length !== state.genesis.members.length) refuseState('a record of each member');
      return;
    case 'evidence':
      state.evidence.set(key.slot, fromBytes(uint(), value, ENTRY_BYTES_MAX));
      return;
    case 'votes':
      state.votes.set(key.height, fromBytes(countedVotesCodec, value, ENTRY_BYTES_MAX));
      return;
    case 'batches': {
      const { ids } = fromBytes(countedBatchesCodec, value, ENTRY_BYTES_MAX);
      state.batchesOf.set(key.height, ids);
      for (const id of ids) state.counted.add(id);
      return;
    }
  }
}

function restoreChunk(feed: FeedState, key: Extract<StateKey, { kind: 'samples' }>, chunk: SampleChunk): void {
  const existing = feed.windows.get(key.start)?.get(key.group);
  const window = existing ?? newWindow(key.start, key.group);
  addChunk(window, chunk);
  if (existing === undefined) putWindow(feed, key.start, key.group, window);
}

function feedOf(state: LedgerState, id: string): FeedState {
  return state.feeds.get(id) ?? refuseState('a feed of the genesis document');
}

/** Bytes of an entry that do not decode are one condition for the caller. */
function coded<T>(key: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof CairnError) || hasCode(cause, 'LEDGER_STATE_MALFORMED')) throw cause;
    throw new CairnError('LEDGER_STATE_MALFORMED', 'an entry does not decode', { key }, { cause });
  }
}

/** @returns all entries of the state by key: what the writes of all blocks so far leave. Encoded anew on each call. */
export function snapshotEntries(state: LedgerState): StateEntry[] {
  const out: StateEntry[] = [];
  for (const feed of state.feeds.values()) feedEntries(out, feed);
  for (const [identityKey, time] of state.leaders) {
    out.push({ key: keyOf.leader(identityKey), value: encodeCanonical(time) });
  }
  for (const [height, ids] of state.batchesOf) {
    out.push({ key: keyOf.batches(height), value: toBytes(countedBatchesCodec, { ids }) });
  }
  for (const [height, votes] of state.votes) {
    out.push({ key: keyOf.votes(height), value: toBytes(countedVotesCodec, votes) });
  }
  if (state.roster.height > 0) out.push({ key: keyOf.roster(), value: toBytes(rosterCodec, state.roster) });
  for (const [slot, epoch] of state.evidence) out.push({ key: keyOf.evidence(slot), value: encodeCanonical(epoch) });
  return out.sort((a, b) => compareText(a.key, b.key));
}

function feedEntries(out: StateEntry[], feed: FeedState): void {
  const { id } = feed.feed;
  const writer = new CborWriter();
  for (const [device, entry] of feed.registrations) {
    out.push({ key: keyOf.registration(id, device), value: toBytes(deviceRegistrationCodec, entry) });
  }
  for (const [device, trace] of feed.traces) {
    out.push({ key: keyOf.trace(id, device), value: writeTrace(writer, trace) });
  }
  for (const [device, ofDevice] of feed.deferred) deferredEntries(out, device, [...ofDevice.values()]);
  for (const { start, group, chunks } of [...feed.windows.values()].flatMap((ofStart) => [...ofStart.values()])) {
    for (const { height, samples } of chunks) {
      out.push({ key: keyOf.samples(id, start, group, height), value: writeSamples(writer, samples) });
    }
  }
  if (feed.closedEnd >= 0) out.push({ key: keyOf.closed(id), value: encodeCanonical(feed.closedEnd) });
}

function deferredEntries(
  out: StateEntry[],
  device: PublicKey,
  reports: readonly Parameters<typeof deferredToCbor>[0][],
): void {
  for (const report of reports) {
    const value = encodeCanonical(deferredToCbor(report));
    out.push({ key: keyOf.deferred(report.feed, device, report.seq), value });
  }
}
