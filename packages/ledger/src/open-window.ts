import { type PublicKey, toHex, type UnixMs } from '@cairn/primitives';
import type { CborValue } from '@cairn/protocol';
import type { CborWriter } from './cbor-writer.ts';
import { toValues } from './reading.ts';
import { refuseState } from './state-entry.ts';

/**
 * An accepted report in its window. The report's id is left out: samples are sorted by (value, report id), and no
 * aggregate tells two samples of one value apart.
 */
export interface Sample {
  readonly device: PublicKey;
  readonly values: readonly number[];
}

/** The samples that one block added: one entry of the state, so that no block writes a whole window again. */
export interface SampleChunk {
  readonly height: number;
  readonly samples: readonly Sample[];
}

/** A window of one feed and group that takes reports. */
export interface OpenWindow {
  readonly start: UnixMs;
  readonly group: string;
  /** In order of height. */
  readonly chunks: SampleChunk[];
  sampleCount: number;
  /** Samples of each device. */
  readonly deviceCounts: Map<PublicKey, number>;
}

/** [[device, value ...] ...] */
export function writeSamples(writer: CborWriter, samples: readonly Sample[]): Uint8Array {
  writer.list(samples.length);
  for (const { device, values } of samples) {
    writer.list(1 + values.length).hex(device);
    for (const value of values) writer.int(value);
  }
  return writer.finish();
}

/** @throws LEDGER_STATE_MALFORMED */
export function toSamples(value: CborValue): readonly Sample[] {
  if (!Array.isArray(value) || value.length === 0) return refuseState('samples');
  return value.map((entry) => {
    if (!Array.isArray(entry) || entry.length < 2) return refuseState('a sample');
    const [device, ...values] = entry as CborValue[];
    if (!(device instanceof Uint8Array) || device.length !== 32) return refuseState('a device');
    return { device: toHex(device) as PublicKey, values: toValues(values) };
  });
}

export function newWindow(start: UnixMs, group: string): OpenWindow {
  return { start, group, chunks: [], sampleCount: 0, deviceCounts: new Map() };
}

/** Adds a block's samples. Mutates. */
export function addChunk(window: OpenWindow, chunk: SampleChunk): void {
  window.chunks.push(chunk);
  window.sampleCount += chunk.samples.length;
  for (const { device } of chunk.samples) {
    window.deviceCounts.set(device, (window.deviceCounts.get(device) ?? 0) + 1);
  }
}

/** windowStart = floor(observedAt / windowMs) * windowMs. */
export function windowStartOf(observedAt: UnixMs, windowMs: number): UnixMs {
  return observedAt - (observedAt % windowMs);
}
