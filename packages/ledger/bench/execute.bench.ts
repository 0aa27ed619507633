// What a block costs to execute: node packages/ledger/bench/execute.bench.ts [--json]
// The bound: all items of the largest block (16,384) well under 500 ms, a quarter of the view-0 timeout (protocol section 6).
import { cpus } from 'node:os';
import { merkleRoot } from '@cairn/merkle';
import { fromHex, ZERO_HASH } from '@cairn/primitives';
import { quantile } from '@cairn/primitives/testing';
import {
  AGGREGATE_KINDS,
  BATCH_ITEMS_MAX,
  type BatchItem,
  BLOCK_ITEMS_MAX,
  CHANNELS_MAX,
  encodeReceipt,
  encodeReport,
  encodeReportPayload,
  type FeedDefinition,
  reportProtectedHeader,
} from '@cairn/protocol';
import { type DecodedBatch, decodeBatchItems } from '../src/decoded-batch.ts';
import { commit, type Execution, execute, nextStateHash } from '../src/execute.ts';
import { genesisState, type LedgerState } from '../src/ledger-state.ts';
import {
  batchOf,
  blockOver,
  channelFixture,
  FEED,
  feedFixture,
  genesisFixture,
  keyFor,
  registrationItem,
  T0,
} from '../src/testing/fixtures.ts';

interface Row {
  readonly name: string;
  readonly unit: string;
  readonly median: number;
  readonly p90: number;
  readonly runs: number;
}
const rows: Row[] = [];

function record(name: string, unit: string, samples: readonly number[]): void {
  rows.push({ name, unit, median: quantile(samples, 0.5), p90: quantile(samples, 0.9), runs: samples.length });
}

/** Milliseconds of this thread's CPU so far: what other processes take does not count. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function timed<T>(samples: number[], act: () => T): T {
  const startMs = cpuMs();
  const out = act();
  samples.push(cpuMs() - startMs);
  return out;
}

const CELL = 0x8928308280fffffn;
const SIGNATURE = new Uint8Array(64);

/** The bytes of a report as a device sends it, but for the signature, which execution does not look at. */
function reportBytes(device: Uint8Array, seq: number, options: { observedAt: number; load: Load }): BatchItem {
  const payload = encodeReportPayload({
    feed: FEED,
    seq,
    observedAt: options.observedAt,
    values: options.load.feed.channels.map(
      (_, i) => 1000 + ((seq * 7919 + i + (device[0] as number)) % options.load.spread),
    ),
    cell: CELL,
  });
  return {
    kind: 'report',
    bytes: encodeReport({ protectedHeader: reportProtectedHeader(device), payload, signature: SIGNATURE }),
  };
}

interface Load {
  readonly name: string;
  readonly feed: FeedDefinition;
  readonly devices: number;
  readonly runs: number;
  /** Readings are 1000 up to this more. */
  readonly spread: number;
}

/** A block of 16,384 reports, an equal number from each device, decoded from bytes. */
function largestBlock(load: Load, run: number, decodeMs: number[]): DecodedBatch[] {
  const keys = Array.from({ length: load.devices }, (_, i) => fromHex(keyFor(`device ${i}`), 32));
  const items: BatchItem[] = [];
  for (let i = 0; i < BLOCK_ITEMS_MAX; i++) {
    const seq = run * BLOCK_ITEMS_MAX + i;
    const observedAt = T0 + run * 1000 + (i % 900);
    items.push(reportBytes(keys[i % load.devices] as Uint8Array, seq, { observedAt, load }));
  }
  const batches: Parameters<typeof decodeBatchItems>[0][] = [];
  for (let i = 0; i < items.length; i += BATCH_ITEMS_MAX) {
    batches.push({ ...batchOf([]), items: items.slice(i, i + BATCH_ITEMS_MAX) });
  }
  return timed(decodeMs, () => batches.map((batch) => decodeBatchItems(batch, ZERO_HASH)));
}

function register(state: LedgerState, devices: number): void {
  for (let first = 0; first < devices; first += 256) {
    const items = Array.from({ length: Math.min(256, devices - first) }, (_, i) =>
      registrationItem({ device: keyFor(`device ${first + i}`) }),
    );
    commit(state, execute(state, blockOver(state, [batchOf(items, state.height)])));
  }
}

function hashesMs({ receipts, acceptedReports, writes, stateHash }: Execution): number {
  const startMs = cpuMs();
  merkleRoot(receipts.map(encodeReceipt));
  merkleRoot(acceptedReports.map((id) => fromHex(id, 32)));
  nextStateHash(stateHash, writes);
  return cpuMs() - startMs;
}

function benchReports(load: Load): void {
  const state = genesisState(genesisFixture([load.feed]));
  register(state, load.devices);
  const samples = { execute: [] as number[], commit: [] as number[], hashes: [] as number[], decode: [] as number[] };
  for (let run = 0; run < load.runs; run++) {
    const block = blockOver(state, largestBlock(load, run, samples.decode), { time: T0 + run * 1000 + 1000 });
    const execution = timed(samples.execute, () => execute(state, block));
    const accepted = execution.acceptedReports.length;
    if (accepted !== BLOCK_ITEMS_MAX)
      throw new Error(`${accepted} accepted: ${execution.receipts.find(({ code }) => code !== 'accepted')?.code}`);
    samples.hashes.push(hashesMs(execution));
    timed(samples.commit, () => commit(state, execution));
  }
  const warm = (list: number[]) => list.slice(2);
  const perReport = (list: number[]) => warm(list).map((ms) => (ms * 1000) / BLOCK_ITEMS_MAX);
  record(`ledger::execute/${load.name}`, 'ms', warm(samples.execute));
  record(`ledger::execute-per-report/${load.name}`, 'us', perReport(samples.execute));
  record(`ledger::of-which-hashes-per-report/${load.name}`, 'us', perReport(samples.hashes));
  record(`ledger::commit/${load.name}`, 'ms', warm(samples.commit));
  record(`ledger::decode-per-report/${load.name}`, 'us', perReport(samples.decode));
}

/** One window of 16,384 samples and as many channels as a block may close, with every aggregate, readings far apart. */
function benchClosing(): void {
  const channels = Array.from({ length: CHANNELS_MAX }, (_, i) =>
    channelFixture({
      name: `c${i}`,
      exponent: -2,
      min: -1_000_000_000,
      max: 1_000_000_000,
      aggregates: AGGREGATE_KINDS,
    }),
  );
  const feed = feedFixture({ channels, madFactorMilli: 1_000_000, deviceReportsMax: 16_384, graceMs: 0 });
  const closing: number[] = [];
  for (let run = 0; run < 5; run++) {
    const state = genesisState(genesisFixture([feed], 1));
    register(state, 1024);
    const load = { name: '', feed, devices: 1024, runs: 1, spread: 999_983 };
    commit(state, execute(state, blockOver(state, largestBlock(load, 0, []), { time: T0 + 1000 })));
    commit(state, execute(state, blockOver(state, [], { time: T0 + 60_001 })));
    const { results } = timed(closing, () => execute(state, blockOver(state, [], { time: T0 + 60_002 })));
    if (results[0]?.reports !== BLOCK_ITEMS_MAX) throw new Error('expected one full window');
  }
  record('ledger::close/samples=16384,channels=16,aggregates=15', 'ms', closing.slice(1));
}

const plain = feedFixture({
  deviceReportsMax: 16_384,
  windowMs: 1000,
  channels: [channelFixture({ stepPerMinuteMax: 1000 })],
});
benchReports({ name: 'items=16384,devices=16384', feed: plain, devices: 16_384, runs: 12, spread: 100 });
benchReports({ name: 'items=16384,devices=1024', feed: plain, devices: 1024, runs: 8, spread: 100 });
benchReports({
  name: 'items=16384,devices=16384,grouped',
  feed: { ...plain, groupResolution: 7 },
  devices: 16_384,
  runs: 8,
  spread: 100,
});
benchClosing();

if (process.argv.includes('--json')) {
  console.log(JSON.stringify({ node: process.version, cpu: cpus()[0]?.model, rows }, null, 2));
} else {
  console.log(`node ${process.version}, ${cpus()[0]?.model}`);
  for (const { name, unit, median, p90, runs } of rows) {
    console.log(`${name.padEnd(64)} median ${median.toFixed(2)} ${unit}, p90 ${p90.toFixed(2)} ${unit}, ${runs} runs`);
  }
}
