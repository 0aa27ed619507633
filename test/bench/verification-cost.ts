import { createSigner } from '@cairn/crypto';
import { verify } from '@cairn/crypto/ed25519/native';
import { fromHex, Rng, toHash } from '@cairn/primitives';
import { decodeReport, signReport } from '@cairn/protocol';
import { median } from './bench-run.ts';

/** Some 0.5 ms: short enough that the median sample was not interrupted. */
const VERIFICATIONS_PER_TIMING = 8;
const TIMINGS_PER_SAMPLE = 5;

/**
 * Measures one libsodium verification of a device's report, bytes in and a boolean out: the unit of what a report costs.
 * Taken in the same seconds as what it is compared with, so a slower processor weighs on both alike.
 */
export class VerificationCost {
  readonly #parts: readonly [Uint8Array, Uint8Array, Uint8Array];
  #samples: number[] = [];

  constructor() {
    const signer = createSigner(new Rng(1).bytes(32));
    const networkId = toHash(new Rng(2).bytes(32));
    const payload = { feed: 'air', seq: 1000, observedAt: 1_700_000_000_000, values: [123] };
    const { report, signedBytes, signature } = decodeReport(signReport(payload, { networkId, signer }), networkId);
    this.#parts = [fromHex(report.device, 32), signedBytes, fromHex(signature, 64)];
  }

  /** Takes some 3 ms. */
  sample(): void {
    for (let timing = 0; timing < TIMINGS_PER_SAMPLE; timing++) {
      const startMs = performance.now();
      for (let i = 0; i < VERIFICATIONS_PER_TIMING; i++) if (!verify(...this.#parts)) throw new Error('not verified');
      this.#samples.push(((performance.now() - startMs) * 1000) / VERIFICATIONS_PER_TIMING);
    }
  }

  /** @returns the median of the samples since the last call, in microseconds. */
  take(): number {
    const samples = this.#samples;
    this.#samples = [];
    return median(samples);
  }
}
