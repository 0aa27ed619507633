import { Rng } from '@cairn/primitives';
import type { ChannelDefinition } from '@cairn/protocol';
import type { ReadingSource, SourceClock, StationReading } from './reading-source.ts';

export interface SimulateOptions {
  readonly seed: number;
  readonly devices: number;
  /** How many of the devices lie; the last ones. */
  readonly spoofers: number;
  readonly intervalMs: number;
}

/** Readings of one wave, at most, before the next begins. */
const WAVE_READINGS = 60;
const NOISE = 0.01;
const OFFSET = 0.03;

/**
 * Seeded waves: every device sees the same slow wave through its own offset and noise; spoofers report what their owner
 * would like. Equal seeds give equal values, whatever the clock does.
 */
export class SimulateSource implements ReadingSource {
  readonly title: string;
  readonly stations: readonly string[];
  readonly #channels: readonly ChannelDefinition[];
  readonly #options: SimulateOptions;
  readonly #clock: SourceClock;

  constructor(
    channels: readonly ChannelDefinition[],
    options: SimulateOptions,
    dependencies: { readonly clock: SourceClock },
  ) {
    this.#channels = channels;
    this.#options = options;
    this.#clock = dependencies.clock;
    const { devices, spoofers, seed } = options;
    this.stations = Array.from({ length: devices }, (_, index) => `simulated-${index}`);
    this.title = `${devices} simulated devices (${spoofers} of them lie), seed ${seed}`;
  }

  async *readings(signal: AbortSignal): AsyncGenerator<StationReading> {
    const { seed, devices, spoofers, intervalMs } = this.#options;
    const rng = new Rng(seed);
    const offsets = this.stations.map(() => (rng.fraction() - 0.5) * 2 * OFFSET);
    let dueMs = this.#clock.nowMs();
    for (let tick = 0; !signal.aborted; tick++) {
      for (const [index, station] of this.stations.entries()) {
        const isSpoofer = index >= devices - spoofers;
        const values = this.#channels.map((channel) =>
          simulatedValue(channel, { tick, offset: offsets[index] ?? 0, isSpoofer }, rng),
        );
        yield { station, values, observedAt: this.#clock.nowMs() };
        if (signal.aborted) return;
      }
      dueMs += intervalMs;
      await this.#clock.sleep(dueMs - this.#clock.nowMs(), signal);
    }
  }
}

function simulatedValue(
  { min, max }: ChannelDefinition,
  at: { readonly tick: number; readonly offset: number; readonly isSpoofer: boolean },
  rng: Rng,
): number {
  const wave = 0.3 + 0.1 * Math.sin((2 * Math.PI * at.tick) / WAVE_READINGS);
  const noise = (rng.fraction() - 0.5) * 2 * NOISE;
  const share = at.isSpoofer ? 0.95 + noise : wave + at.offset + noise;
  return Math.round(min + (max - min) * Math.min(1, Math.max(0, share)));
}
