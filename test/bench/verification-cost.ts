import { createSigner } from '@cairn/crypto';
import { verify } from '@cairn/crypto/ed25519/native';
import { Rng, toHash } from '@cairn/primitives';
import { quantile } from '@cairn/primitives/testing';
import { decodeReportSeal, type ReportSeal, signReport } from '@cairn/protocol';

/** Some 0.5 ms: short enough that the median sample was not interrupted. */
const VERIFICATIONS_PER_TIMING = 8;
const TIMINGS_PER_SAMPLE = 5;
/** Nobody verifies one signature again and again: a processor that has learnt its branches is a tenth quicker. */
const REPORTS = 2048;
const DEVICES = 64;

/**
 * Measures one libsodium verification of a device's report, bytes in and a boolean out: the unit of what a report costs.
 * Taken in the same seconds as what it is compared with, so a slower processor weighs on both alike.
 */
export class VerificationCost {
  readonly #seals: readonly ReportSeal[] = reportSeals();
  #next = 0;
  #samples: number[] = [];

  /** Takes some 3 ms. */
  sample(): void {
    for (let timing = 0; timing < TIMINGS_PER_SAMPLE; timing++) {
      const startMs = performance.now();
      for (let i = 0; i < VERIFICATIONS_PER_TIMING; i++) this.#verifyNext();
      this.#samples.push(((performance.now() - startMs) * 1000) / VERIFICATIONS_PER_TIMING);
    }
  }

  /** @returns the median of the samples since the last call, in microseconds. */
  take(): number {
    const samples = this.#samples;
    this.#samples = [];
    return quantile(samples, 0.5);
  }

  #verifyNext(): void {
    this.#next = (this.#next + 1) % REPORTS;
    const { device, signedBytes, signature } = this.#seals[this.#next] as ReportSeal;
    if (!verify(device, signedBytes, signature)) throw new Error('not verified');
  }
}

function reportSeals(): ReportSeal[] {
  const rng = new Rng(1);
  const networkId = toHash(rng.bytes(32));
  const signers = Array.from({ length: DEVICES }, () => createSigner(rng.bytes(32)));
  return Array.from({ length: REPORTS }, (_, seq) => {
    const payload = { feed: 'air', seq, observedAt: 1_700_000_000_000 + seq, values: [rng.integer(0, 9999)] };
    return decodeReportSeal(signReport(payload, { networkId, signer: rng.pick(signers) }), networkId);
  });
}
