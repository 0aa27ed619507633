// Cost of the network on one machine: node packages/network/bench/network.bench.ts [--json]
// All members live in this one process, so throughput and CPU are those of both ends together.
import { cpus } from 'node:os';
import { quantile } from '@cairn/primitives/testing';
import { type Libp2pCommittee, startLibp2pCommittee } from '../src/testing/libp2p-committee.ts';

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

/** Milliseconds of CPU, user and system, that `act` took. */
async function cpuMs(act: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await act();
  const used = process.cpuUsage(before);
  return (used.user + used.system) / 1000;
}

async function directRoundTrip(committee: Libp2pCommittee, bytes: number): Promise<void> {
  const [first, second] = committee.nodes as [Libp2pCommittee['nodes'][0], Libp2pCommittee['nodes'][0]];
  second.recorder.onDirect = ({ from, bytes }) => second.network.sendDirect(from, 'agreement', bytes);
  let returned = () => {};
  first.recorder.onDirect = () => returned();
  const samples: number[] = [];
  for (let k = 0; k < 3_000; k++) {
    const { promise, resolve } = Promise.withResolvers<void>();
    returned = resolve;
    const startMs = performance.now();
    first.network.sendDirect(1, 'agreement', new Uint8Array(bytes).fill(1));
    await promise;
    if (k >= 500) samples.push(performance.now() - startMs);
  }
  record(`network::direct-round-trip/bytes=${bytes}`, 'ms', samples);
}

async function directThroughput(committee: Libp2pCommittee, options: { bytes: number; count: number }): Promise<void> {
  const [first, second] = committee.nodes as [Libp2pCommittee['nodes'][0], Libp2pCommittee['nodes'][0]];
  const rates: number[] = [];
  const cpu: number[] = [];
  for (let run = 0; run < 7; run++) {
    const done = Promise.withResolvers<void>();
    let received = 0;
    second.recorder.onDirect = () => {
      if (++received === options.count) done.resolve();
    };
    const startMs = performance.now();
    const used = await cpuMs(async () => {
      for (let k = 0; k < options.count; k++) first.network.sendDirect(1, 'agreement', new Uint8Array(options.bytes));
      await done.promise;
    });
    rates.push((options.count / (performance.now() - startMs)) * 1000);
    cpu.push((used / options.count) * 1000);
  }
  record(`network::direct-throughput/bytes=${options.bytes}`, 'frames/s', rates);
  record(`network::direct-cpu/bytes=${options.bytes}`, 'us CPU per delivery', cpu);
}

async function gossip(committee: Libp2pCommittee, options: { bytes: number; count: number }): Promise<void> {
  const { nodes } = committee;
  const latency: number[] = [];
  const cpu: number[] = [];
  for (let k = 0; k < options.count; k++) {
    let missing = nodes.length - 1;
    const done = Promise.withResolvers<void>();
    for (const { recorder } of nodes) {
      recorder.validateGossip = () => {
        if (--missing === 0) done.resolve();
        return 'accept';
      };
    }
    const payload = new Uint8Array(options.bytes).fill(1);
    new DataView(payload.buffer).setFloat64(0, Math.random());
    const startMs = performance.now();
    const used = await cpuMs(async () => {
      await (nodes[0] as (typeof nodes)[0]).network.publish('batch', payload);
      await done.promise;
      latency.push(performance.now() - startMs);
      // The members still pass it on to each other: that is part of the cost.
      await new Promise((resolve) => setTimeout(resolve, 20));
    });
    cpu.push(used / (nodes.length - 1));
  }
  const key = `n=${nodes.length},bytes=${options.bytes}`;
  record(`network::gossip-to-all/${key}`, 'ms', latency.slice(5));
  record(`network::gossip-cpu/${key}`, 'ms CPU per delivery', cpu.slice(5));
}

async function restart(): Promise<void> {
  const samples: number[] = [];
  for (let run = 0; run < 5; run++) {
    const committee = await startLibp2pCommittee(4);
    await committee.nodes[1]?.network.stop();
    const startMs = performance.now();
    await committee.restart(1);
    samples.push(performance.now() - startMs);
    await committee.stop();
  }
  record('network::restart-to-gossiping-with-all/n=4', 'ms', samples);
}

const unlimited = { directFramesPerSecond: 10_000_000, directBytesPerSecond: 2 ** 40, directQueueFramesMax: 100_000 };
const pair = await startLibp2pCommittee(2, { ...unlimited, directQueueBytesMax: 2 ** 30 });
await directRoundTrip(pair, 256);
await directThroughput(pair, { bytes: 256, count: 20_000 });
await directThroughput(pair, { bytes: 64 * 1024, count: 500 });
await pair.stop();
for (const count of [4, 7]) {
  const committee = await startLibp2pCommittee(count);
  await gossip(committee, { bytes: 256, count: 60 });
  await gossip(committee, { bytes: 64 * 1024, count: 60 });
  await committee.stop();
}
await restart();

const machine = { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.version };
console.log(`${machine.cpu}, ${machine.cores} cores, Node ${machine.node}\n`);
for (const { name, unit, median, p90, runs } of rows) {
  const figures = `${median.toFixed(2).padStart(12)} ${p90.toFixed(2).padStart(12)} ${String(runs).padStart(6)}`;
  console.log(`${name.padEnd(48)} ${figures}  ${unit}`);
}
if (process.argv.includes('--json')) console.log(JSON.stringify({ machine, rows }));
process.exit(0);
