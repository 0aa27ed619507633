import { type Codec, DEVICE_RECENT_MAX, REPLAY_BITMAP_BITS } from '@cairn/protocol';
import type { CborWriter } from './cbor-writer.ts';
import { type AcceptedReading, toReading } from './reading.ts';
import { refuseState } from './state-entry.ts';

const WORDS = REPLAY_BITMAP_BITS / 32;
const BITMAP_BYTES = REPLAY_BITMAP_BITS / 8;

/** What the state remembers of one device in one feed. Immutable. */
export interface DeviceTrace {
  /** Highest accepted seq. */
  readonly highest: number;
  /** Bit i (word i >> 5): seq highest - 1 - i was accepted. Never written to once made. */
  readonly bitmap: Uint32Array;
  /** The latest accepted by (observedAt, seq), ascending, at most DEVICE_RECENT_MAX. */
  readonly recent: readonly AcceptedReading[];
}

/**
 * RFC 4303 section 3.4.3: the highest accepted seq and a bitmap of the 256 below it.
 * `below-window` cannot be told apart from a replay, and is refused like one.
 */
export function replayVerdict(trace: DeviceTrace | undefined, seq: number): 'new' | 'seen' | 'below-window' {
  if (trace === undefined || seq > trace.highest) return 'new';
  if (seq === trace.highest) return 'seen';
  const index = trace.highest - 1 - seq;
  if (index >= REPLAY_BITMAP_BITS) return 'below-window';
  return ((trace.bitmap[index >> 5] as number) >>> (index & 31)) & 1 ? 'seen' : 'new';
}

/** @param reading one whose seq is `new`. @returns the trace after it. */
export function acceptReading(trace: DeviceTrace | undefined, reading: AcceptedReading): DeviceTrace {
  if (trace === undefined) return { highest: reading.seq, bitmap: new Uint32Array(WORDS), recent: [reading] };
  const recent = insertReading(trace.recent, reading);
  const ahead = reading.seq - trace.highest;
  if (ahead > 0) return { highest: reading.seq, bitmap: shifted(trace.bitmap, ahead), recent };
  const bitmap = trace.bitmap.slice();
  setBit(bitmap, -ahead - 1);
  return { highest: trace.highest, bitmap, recent };
}

/** Moves every bit up by `count` and sets the bit of the former highest. */
function shifted(bitmap: Uint32Array, count: number): Uint32Array {
  const out = new Uint32Array(WORDS);
  if (count > REPLAY_BITMAP_BITS) return out;
  const words = count >> 5;
  const bits = count & 31;
  for (let i = WORDS - 1; i >= words; i--) {
    const upper = (bitmap[i - words] as number) << bits;
    const lower = bits === 0 || i === words ? 0 : (bitmap[i - words - 1] as number) >>> (32 - bits);
    out[i] = upper | lower;
  }
  setBit(out, count - 1);
  return out;
}

function setBit(bitmap: Uint32Array, index: number): void {
  const word = index >> 5;
  bitmap[word] = (bitmap[word] as number) | (1 << (index & 31));
}

function insertReading(recent: readonly AcceptedReading[], reading: AcceptedReading): readonly AcceptedReading[] {
  const out = [...recent];
  let at = out.length;
  while (at > 0 && isAfter(out[at - 1] as AcceptedReading, reading)) at--;
  out.splice(at, 0, reading);
  if (out.length > DEVICE_RECENT_MAX) out.shift();
  return out;
}

function isAfter(a: AcceptedReading, b: AcceptedReading): boolean {
  return a.observedAt > b.observedAt || (a.observedAt === b.observedAt && a.seq > b.seq);
}

/** The accepted neighbours in observedAt: the latest not after `observedAt`, the first after it. */
export function neighboursOf(trace: DeviceTrace | undefined, observedAt: number): readonly AcceptedReading[] {
  if (trace === undefined) return [];
  const { recent } = trace;
  let at = recent.length;
  while (at > 0 && (recent[at - 1] as AcceptedReading).observedAt > observedAt) at--;
  return recent.slice(Math.max(0, at - 1), at + 1);
}

/** On the wire: [highest, bitmap in little-endian words, [[seq, observedAt, cell or null, value ...] ...]]. */
export function writeTrace(writer: CborWriter, { highest, bitmap, recent }: DeviceTrace): Uint8Array {
  const bytes = new Uint8Array(BITMAP_BYTES);
  for (let i = 0; i < BITMAP_BYTES; i++) bytes[i] = (bitmap[i >> 2] as number) >>> (8 * (i & 3));
  writer.list(3).int(highest).bytes(bytes).list(recent.length);
  for (const { seq, observedAt, cell, values } of recent) {
    writer
      .list(3 + values.length)
      .int(seq)
      .int(observedAt);
    if (cell === null) writer.nothing();
    else writer.uint64(cell);
    for (const value of values) writer.int(value);
  }
  return writer.finish();
}

/** Reads what `writeTrace` wrote. @throws LEDGER_STATE_MALFORMED */
export const traceDecoder: Pick<Codec<DeviceTrace>, 'decode'> = {
  decode: (value) => {
    if (!Array.isArray(value) || value.length !== 3) return refuseState('a trace');
    const [highest, bytes, recent] = value;
    if (typeof highest !== 'number' || !(bytes instanceof Uint8Array) || bytes.length !== BITMAP_BYTES) {
      return refuseState('a replay window');
    }
    if (!Array.isArray(recent) || recent.length > DEVICE_RECENT_MAX) return refuseState('recent readings');
    const bitmap = new Uint32Array(WORDS);
    for (let i = 0; i < BITMAP_BYTES; i++)
      bitmap[i >> 2] = (bitmap[i >> 2] as number) | ((bytes[i] as number) << (8 * (i & 3)));
    return { highest, bitmap, recent: recent.map(toReading) };
  },
};
