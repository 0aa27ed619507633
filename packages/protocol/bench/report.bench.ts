/**
 * `pnpm bench report [--json]`: one device report parsed, as every node does for every report of every batch. Bound: the
 * SHA-256 of the bytes, the hex of key and signature, and the copy of the signed bytes.
 */
import { cpus } from 'node:os';
import { createSigner, sha256Hash, verifySignature } from '@cairn/crypto';
import { Rng, toHash } from '@cairn/primitives';
import { quantile } from '@cairn/primitives/testing';
import { decodeReport, decodeReportByCbor, signReport } from '../src/index.ts';

const RUNS = 20_000;
const ROUNDS = 15;

const rng = new Rng(1);
const networkId = toHash(rng.bytes(32));
const signer = createSigner(rng.bytes(32));
const reports = Array.from({ length: 64 }, (_, i) =>
  signReport(
    {
      feed: 'air',
      seq: 1000 + i,
      observedAt: 1_700_000_000_000 + i,
      values: [87, 91, 703, -12],
      cell: 0x8928308280fffffn,
    },
    { networkId, signer },
  ),
);
const decoded = reports.map((bytes) => decodeReport(bytes, networkId));

function measure(name: string, runs: number, run: (i: number) => unknown) {
  const times: number[] = [];
  for (let round = -3; round < ROUNDS; round++) {
    const start = performance.now();
    for (let i = 0; i < runs; i++) run(i & 63);
    if (round >= 0) times.push(((performance.now() - start) * 1000) / runs);
  }
  return { name, medianUs: quantile(times, 0.5), p90Us: quantile(times, 0.9) };
}

const rows = [
  measure('protocol::decodeReport/by=hand', RUNS, (i) => decodeReport(reports[i] as Uint8Array, networkId)),
  measure('protocol::decodeReport/by=cborg', RUNS / 10, (i) => decodeReportByCbor(reports[i] as Uint8Array, networkId)),
  measure('crypto::sha256/bytes=report', RUNS, (i) => sha256Hash(reports[i] as Uint8Array)),
  measure('crypto::verifySignature/bytes=report', RUNS / 20, (i) => {
    const { report, signedBytes, signature } = decoded[i] as (typeof decoded)[number];
    if (!verifySignature(report.device, signedBytes, signature)) throw new Error('not verified');
  }),
];
console.table(
  rows.map(({ name, medianUs, p90Us }) => ({ name, 'median us': +medianUs.toFixed(2), 'p90 us': +p90Us.toFixed(2) })),
);
if (process.argv.includes('--json')) {
  const machine = { node: process.version, cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length };
  console.log(JSON.stringify({ bench: 'report', machine, rows }));
}
