/** Prints medians of FROST's steps. Run: `node packages/threshold/bench/frost.bench.ts`. */
import { cpus } from 'node:os';
import { Rng, utf8 } from '@cairn/primitives';
import { quantile } from '@cairn/primitives/testing';
import { frostScheme } from '../src/index.ts';
import { dealShares } from '../src/testing.ts';
import type { IndexedShare, KeyShare, SigningSession } from '../src/threshold-scheme.ts';

const RUNS = 40;
const message = utf8('cairn/bench/AAAA\n1\nroot\nheader hash\n');

function milliseconds(work: () => void): number {
  const start = process.hrtime.bigint();
  work();
  return Number(process.hrtime.bigint() - start) / 1e6;
}

interface Samples {
  readonly sign: number[];
  readonly aggregate: number[];
  readonly verifyShare: number[];
}

function measure(threshold: number, memberCount: number): Samples {
  const rng = new Rng(threshold);
  const dealt = dealShares({ threshold, memberCount }, rng);
  const chosen = dealt.keyShares.slice(0, threshold);
  const samples: Samples = { sign: [], aggregate: [], verifyShare: [] };
  for (let run = 0; run < RUNS + 5; run++) {
    const signers = chosen.map((keyShare) => ({ keyShare, ...frostScheme.commitNonce(keyShare, rng.bytes(64)) }));
    const commitments = signers.map(({ keyShare, commitment }) => ({ index: keyShare.index, ...commitment }));
    const open = () => frostScheme.createSession({ message, groupKey: dealt.groupKey, commitments });
    const shares: IndexedShare[] = [];
    for (const [position, { keyShare, nonces }] of signers.entries()) {
      const work = () => {
        shares.push({ index: keyShare.index, z: open().signShare(keyShare, nonces) });
      };
      if (position > 0) work();
      // What a signer does: open the session and make one share.
      else samples.sign.push(milliseconds(work));
    }
    let session = open();
    // What the leader does: open the session, add up, check one signature.
    samples.aggregate.push(
      milliseconds(() => {
        session = open();
        if (session.aggregate(shares, dealt.verificationShares).kind !== 'signed') throw new Error('not signed');
      }),
    );
    samples.verifyShare.push(milliseconds(() => checkFirst(session, shares, chosen)));
  }
  return samples;
}

function checkFirst(session: SigningSession, shares: readonly IndexedShare[], keyShares: readonly KeyShare[]): void {
  const { verificationShare } = keyShares[0] as KeyShare;
  if (!session.verifyShare(shares[0] as IndexedShare, verificationShare)) throw new Error('share refused');
}

const cpu = cpus()[0]?.model ?? 'unknown';
console.log(`Node ${process.version}, ${cpu}, ${RUNS} runs, milliseconds: median (p90)`);
console.log('| benchmark | sign | aggregate and verify | verify one share, session known |');
console.log('| --- | --- | --- | --- |');
for (const [threshold, memberCount] of [
  [3, 4],
  [5, 7],
  [21, 31],
] as const) {
  const samples = measure(threshold, memberCount);
  const cells = [samples.sign, samples.aggregate, samples.verifyShare].map((list) => {
    const warm = list.slice(5);
    return `${quantile(warm, 0.5).toFixed(2)} (${quantile(warm, 0.9).toFixed(2)})`;
  });
  console.log(`| threshold::frost/t=${threshold}/n=${memberCount} | ${cells.join(' | ')} |`);
}
