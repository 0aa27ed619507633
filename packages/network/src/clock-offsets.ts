import type { MemberIndex } from '@cairn/primitives';
import type { ClockOffset } from './network.ts';

const SAMPLES_MAX = 8;

/** The four times of one exchange (as in NTP, RFC 5905 section 8), unix milliseconds with fractions. */
export interface ClockExchange {
  /** Ours, when the request left. */
  readonly askedAtMs: number;
  /** Theirs, when it arrived, and when their answer left. */
  readonly receivedAtMs: number;
  readonly answeredAtMs: number;
  /** Ours, when the answer was there. */
  readonly returnedAtMs: number;
}

/** Keeps the last exchanges with each member; the quickest of them tells the offset best. */
export class ClockOffsets {
  readonly #samples = new Map<MemberIndex, ClockOffset[]>();

  add(memberIndex: MemberIndex, exchange: ClockExchange): void {
    const { askedAtMs, receivedAtMs, answeredAtMs, returnedAtMs } = exchange;
    const sample: ClockOffset = {
      memberIndex,
      offsetMs: (receivedAtMs - askedAtMs + (answeredAtMs - returnedAtMs)) / 2,
      roundTripMs: returnedAtMs - askedAtMs - (answeredAtMs - receivedAtMs),
      measuredAtMs: returnedAtMs,
    };
    this.#samples.set(memberIndex, [...(this.#samples.get(memberIndex) ?? []), sample].slice(-SAMPLES_MAX));
  }

  remove(memberIndex: MemberIndex): void {
    this.#samples.delete(memberIndex);
  }

  best(): readonly ClockOffset[] {
    const best: ClockOffset[] = [];
    for (const samples of this.#samples.values()) {
      best.push(samples.reduce((a, b) => (b.roundTripMs < a.roundTripMs ? b : a)));
    }
    return best.sort((a, b) => a.memberIndex - b.memberIndex);
  }
}

/** The answer to a time request: two float64, little-endian. */
export function encodeTimes(times: { receivedAtMs: number; answeredAtMs: number }): Uint8Array {
  const view = new DataView(new ArrayBuffer(16));
  view.setFloat64(0, times.receivedAtMs, true);
  view.setFloat64(8, times.answeredAtMs, true);
  return new Uint8Array(view.buffer);
}

/** @returns undefined unless these are two plausible times. */
export function decodeTimes(bytes: Uint8Array): { receivedAtMs: number; answeredAtMs: number } | undefined {
  if (bytes.length !== 16) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16);
  const receivedAtMs = view.getFloat64(0, true);
  const answeredAtMs = view.getFloat64(8, true);
  const isPlausible = receivedAtMs > 0 && answeredAtMs >= receivedAtMs && answeredAtMs < 2 ** 53;
  return isPlausible ? { receivedAtMs, answeredAtMs } : undefined;
}
