/**
 * `pnpm bench verify [--json]`: one full anchored attestation verified, from JSON text to the report, in Node with the
 * native backend and with the portable one that browsers get. Bound: two group signatures and some thirty hashes.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { quantile } from '@cairn/primitives/testing';
import { attestationToJson } from '@cairn/protocol';
import { build } from 'esbuild';
import { networkFixture } from '../src/fixture.ts';
import * as native from '../src/index.ts';

type Verifier = Pick<typeof native, 'readAttestation' | 'verifyAttestation' | 'TrustRoot'>;
interface Row {
  readonly name: string;
  readonly medianMs: number;
  readonly p90Ms: number;
  readonly runs: number;
}

const WARM_UP_MS = 300;
const MEASURE_MS = 1500;

/** The sources as a browser resolves them: no `node` condition, so noble instead of sodium. */
async function portable(): Promise<Verifier> {
  const directory = await mkdtemp(join(tmpdir(), 'cairn-bench-'));
  const outfile = join(directory, 'verify.mjs');
  const entry = fileURLToPath(new URL('../src/index.ts', import.meta.url));
  await build({ entryPoints: [entry], outfile, bundle: true, format: 'esm', platform: 'browser', target: 'es2022' });
  try {
    return (await import(pathToFileURL(outfile).href)) as Verifier;
  } finally {
    await rm(directory, { recursive: true });
  }
}

function measure(name: string, run: () => void): Row {
  for (const end = performance.now() + WARM_UP_MS; performance.now() < end; ) run();
  const times: number[] = [];
  for (const end = performance.now() + MEASURE_MS; performance.now() < end; ) {
    const start = performance.now();
    run();
    times.push(performance.now() - start);
  }
  return { name, medianMs: quantile(times, 0.5), p90Ms: quantile(times, 0.9), runs: times.length };
}

const network = networkFixture({ blockCount: 500 });
const documents = Object.fromEntries(
  (['result', 'report'] as const).map((kind) => [
    kind,
    JSON.stringify(attestationToJson(network.attestation({ kind, height: 250, index: 1 }))),
  ]),
);
const rows: Row[] = [];
for (const [backend, verifier] of [
  ['native', native],
  ['noble', await portable()],
] as const) {
  const root = verifier.TrustRoot.of({ networkId: network.networkId, groupKey: network.groupKey });
  for (const [kind, text] of Object.entries(documents)) {
    rows.push(
      measure(`verify::attestation/kind=${kind}/backend=${backend}`, () => {
        if (!verifier.verifyAttestation(verifier.readAttestation(text), root).verified) throw new Error('not verified');
      }),
    );
  }
}
console.table(
  rows.map(({ name, medianMs, p90Ms, runs }) => ({
    name,
    'median ms': +medianMs.toFixed(3),
    'p90 ms': +p90Ms.toFixed(3),
    runs,
  })),
);
if (process.argv.includes('--json')) {
  const machine = { node: process.version, cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length };
  console.log(JSON.stringify({ bench: 'verify', machine, rows }));
}
