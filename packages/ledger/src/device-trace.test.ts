import { Rng } from '@cairn/primitives';
import { DEVICE_RECENT_MAX, decodeCanonical, REPLAY_BITMAP_BITS } from '@cairn/protocol';
import { describe, expect, it } from 'vitest';
import { CborWriter } from './cbor-writer.ts';
import {
  acceptReading,
  type DeviceTrace,
  neighboursOf,
  replayVerdict,
  traceDecoder,
  writeTrace,
} from './device-trace.ts';
import type { AcceptedReading } from './reading.ts';

function reading(seq: number, observedAt = seq): AcceptedReading {
  return { seq, observedAt, cell: seq % 3 === 0 ? 0x8928308280fffffn : null, values: [seq, -seq] };
}

describe('a trace', () => {
  it.each([1, 2, 3, 4])('agrees with a set of all accepted seqs (seed %i)', (seed) => {
    const rng = new Rng(seed);
    const accepted = new Set<number>();
    let trace: DeviceTrace | undefined;
    let highest = 1000;
    for (let i = 0; i < 2000; i++) {
      const jump = rng.chance(0.1) ? rng.pick([32, 64, 96, 128, 224, 255, 256, 257, 300]) : rng.integer(-260, 3);
      const seq = Math.max(0, highest + jump);
      const isBelow = seq < highest - REPLAY_BITMAP_BITS;
      const expected = trace === undefined ? 'new' : isBelow ? 'below-window' : accepted.has(seq) ? 'seen' : 'new';
      expect(replayVerdict(trace, seq), `seq ${seq} below ${highest}`).toBe(expected);
      if (expected !== 'new') continue;
      const before = trace?.bitmap.slice();
      const next = acceptReading(trace, reading(seq));
      expect(trace?.bitmap, 'a trace is immutable').toEqual(before);
      trace = next;
      highest = accepted.size === 0 ? seq : Math.max(highest, seq);
      accepted.add(seq);
      if (i % 50 === 0)
        expect(traceDecoder.decode(decodeCanonical(writeTrace(new CborWriter(), trace), 4096))).toEqual(trace);
    }
    expect(accepted.size).toBeGreaterThan(500);
  });

  it('remembers the latest readings by observedAt, whatever their order', () => {
    const times = [50, 10, 90, 30, 70, 20, 60, 80, 40, 100];
    let trace: DeviceTrace | undefined;
    for (const [i, at] of times.entries()) trace = acceptReading(trace, reading(i, at));
    expect(trace?.recent.map(({ observedAt }) => observedAt)).toEqual([30, 40, 50, 60, 70, 80, 90, 100]);
    expect(trace?.recent).toHaveLength(DEVICE_RECENT_MAX);
    const around = (at: number) => neighboursOf(trace, at).map(({ observedAt }) => observedAt);
    expect([around(29), around(30), around(55), around(100), around(500)]).toEqual([
      [30],
      [30, 40],
      [50, 60],
      [100],
      [100],
    ]);
    expect(neighboursOf(undefined, 5)).toEqual([]);
  });
});
