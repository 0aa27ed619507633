// What durability costs: node packages/storage/bench/append.bench.ts [--json]
// The bound: an append of one batch (512 reports, 100 KiB) with its votes is one sync of the disk and little else; so each
// append stands beside a bare write and sync of as many bytes. Restoring after 10,000 blocks stays below a second.
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256Hash } from '@cairn/crypto';
import { quantile } from '@cairn/primitives/testing';
import { blockHash, encodeBlock } from '@cairn/protocol';
import type { Commit, JournalEntry } from '@cairn/replica';
import { NodeStore } from '../src/node-store.ts';
import { ChainFixture } from '../src/testing/chain-fixture.ts';

interface Row {
  readonly name: string;
  readonly median: number;
  readonly p90: number;
  readonly cpuMedian: number;
  readonly runs: number;
}
const rows: Row[] = [];
const directory = mkdtempSync(join(tmpdir(), 'cairn-bench-'));

/** Wall time, since it is the disk that is asked, and beside it the CPU of this thread; both in milliseconds. */
class Recorder {
  readonly #wall: number[] = [];
  readonly #cpu: number[] = [];

  add(act: () => unknown): void {
    const [startMs, startCpuMs] = [performance.now(), cpuMs()];
    act();
    this.#wall.push(performance.now() - startMs);
    this.#cpu.push(cpuMs() - startCpuMs);
  }

  finish(name: string): void {
    const [wall, cpu] = [this.#wall, this.#cpu];
    const [median, p90] = [0.5, 0.9].map((share) => quantile(wall, share)) as [number, number];
    rows.push({ name, median, p90, cpuMedian: quantile(cpu, 0.5), runs: wall.length });
  }
}

function measure<T>(name: string, runs: readonly T[], act: (run: T) => unknown): void {
  const recorder = new Recorder();
  for (const run of runs) recorder.add(() => act(run));
  recorder.finish(name);
}

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

const REPORTS = 512;
const REPORT_BYTES = 196;
const BATCH_RUNS = 60;
const indexes = (count: number) => Array.from({ length: count }, (_, i) => i);

function openStore(name: string, chain: ChainFixture): NodeStore {
  return NodeStore.open({ dataDir: join(directory, name), genesis: chain.genesis, author: 1 });
}

function benchBareDisk(): void {
  const descriptor = openSync(join(directory, 'bare'), 'w');
  for (const kib of [4, 120, 240]) {
    const bytes = new Uint8Array(kib * 1024);
    measure(`disk::write-and-sync/kib=${kib}`, indexes(BATCH_RUNS), () => {
      writeSync(descriptor, bytes);
      fdatasyncSync(descriptor);
    });
  }
  closeSync(descriptor);
}

function benchAppends(): void {
  const chain = new ChainFixture({ itemsPerBatch: REPORTS, itemBytes: REPORT_BYTES, batchesPerBlock: 1 });
  const store = openStore('appends', chain);
  const commits = chain.growTo(BATCH_RUNS);

  measure('storage::append/kind=vote', indexes(BATCH_RUNS), (view) => store.append([vote(commits[0] as Commit, view)]));
  // Each block goes the way it goes on a member: its reports come in, are packed, voted on, certified.
  const incoming: JournalEntry[][] = commits.map(({ batches }) =>
    batches.flatMap(({ items }) =>
      items.map(({ kind, bytes }) => ({ kind: 'item', item: { id: sha256Hash(bytes), kind, bytes } })),
    ),
  );
  const steps = { items: [] as JournalEntry[][], batch: [] as JournalEntry[][], certified: [] as JournalEntry[][] };
  commits.forEach((commit, i) => {
    steps.items.push(incoming[i] as JournalEntry[]);
    const ids = commit.receipts.map(({ id }) => id);
    const batch = commit.batches[0] as Commit['batches'][number];
    const voted: JournalEntry[] = i === 0 ? [] : [vote(commit, 0)];
    steps.batch.push([{ kind: 'batch', batch, items: ids }, ...voted]);
    steps.certified.push([{ kind: 'certified', commit }]);
  });
  const timings = { items: new Recorder(), batch: new Recorder(), certified: new Recorder() };
  for (const i of indexes(BATCH_RUNS)) {
    for (const kind of ['items', 'batch', 'certified'] as const) {
      timings[kind].add(() => store.append(steps[kind][i] as JournalEntry[]));
    }
  }
  timings.items.finish(`storage::append/kind=items,reports=${REPORTS}`);
  timings.batch.finish(`storage::append/kind=batch+vote,reports=${REPORTS}`);
  timings.certified.finish(`storage::append/kind=certified,reports=${REPORTS}`);
  const ids = commits.flatMap(({ acceptedReports }) => acceptedReports.slice(0, 16));
  measure('storage::read/kind=fate', ids, (id) => store.fate(id));
  measure('storage::read/kind=certified-block', commits, ({ height }) => store.chain.certifiedBlock(height));
  measure('storage::read/kind=range,blocks=10', indexes(20), (i) =>
    store.chain.certifiedRange({ fromHeight: i + 1, toHeight: i + 10, bytesMax: 1e9 }),
  );
  measure('storage::attest/kind=report', ids.slice(0, 200), (id) => store.attestations.forReport(id));
  store.close();
}

function vote({ height, certified }: Commit, view: number): JournalEntry {
  const { block } = certified;
  return { kind: 'prepared', height, view, hash: blockHash(block), block: encodeBlock(block) };
}

function benchLargestBlock(): void {
  const chain = new ChainFixture({ itemsPerBatch: REPORTS, itemBytes: REPORT_BYTES, batchesPerBlock: 32 });
  const store = openStore('largest', chain);
  const commits = chain.growTo(5);
  for (const { batches } of commits) store.append(batches.map((batch) => ({ kind: 'batch', batch, items: [] })));
  measure('storage::append/kind=certified,reports=16384', commits, (commit) =>
    store.append([{ kind: 'certified', commit }]),
  );
  store.close();
}

function benchRestore(): void {
  const blocks = 10_000;
  const chain = new ChainFixture({ itemsPerBatch: 4, batchesPerBlock: 1, writesPerBlock: 20 });
  let store = openStore('restore', chain);
  for (let from = 0; from < blocks; from += 500) {
    const commits = chain.growTo(from + 500).slice(from);
    store.append(commits.map((commit) => ({ kind: 'certified', commit })));
  }
  const ledgerKeys = 50_000;
  const writes = indexes(ledgerKeys).map((i) => ({ key: `device/many/${i}`, value: chain.rng.bytes(60) }));
  store.append([{ kind: 'certified', commit: { ...chain.grow(), writes } }]);
  store.close();
  measure(`storage::open+restore/blocks=${blocks},keys=${ledgerKeys}`, indexes(5), () => {
    store = openStore('restore', chain);
    const restored = store.restore();
    let keys = 0;
    for (const _ of restored.ledgerEntries) keys += 1;
    if (keys < ledgerKeys || restored.tip === null) throw new Error('not all was restored');
    store.close();
  });
}

benchBareDisk();
benchAppends();
benchLargestBlock();
benchRestore();
rmSync(directory, { recursive: true });
report();

function report(): void {
  const machine = `${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}`;
  console.log(`${machine}; milliseconds\n`);
  const width = Math.max(...rows.map(({ name }) => name.length));
  console.log(`${'name'.padEnd(width)}   median      p90      cpu   runs`);
  for (const { name, median, p90, cpuMedian, runs } of rows) {
    const cells = [median, p90, cpuMedian].map((value) => value.toFixed(3).padStart(8));
    console.log(`${name.padEnd(width)} ${cells.join(' ')} ${String(runs).padStart(6)}`);
  }
  if (process.argv.includes('--json')) console.log(JSON.stringify({ machine, rows }));
}
