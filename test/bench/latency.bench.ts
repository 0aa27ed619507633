/**
 * `pnpm bench latency [--json] [--seconds N]`: from the acknowledgement of a report to the certified block that holds it, as
 * a client sees both: the answer to its request, and the block from the long poll of the member that took the report. Reports
 * come at 200 a second, one to a request, at four members in turn. Bound: on average half a batch interval (100 ms) and half
 * a block interval (100 ms), then five messages between members and the disk writes of two phases.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { sha256Hash } from '@cairn/crypto';
import { decodeSyncBlocks } from '@cairn/http';
import { quantile } from '@cairn/primitives/testing';
import { decodeBatch } from '@cairn/protocol';
import { benchArgs, machineFacts, rounded, tell } from './bench-run.ts';
import { LoadNetwork } from './load-network.ts';
import { machineBusySeconds } from './processor-time.ts';

const MEMBERS = 4;
const DEVICES = 200;
const REPORTS_PER_SECOND = 200;
const WARM_UP_SECONDS = 4;
const DRAIN_TIMEOUT_MS = 20_000;
const SYNC = { bytesMax: 4 * 1024 * 1024, blocksMax: 64 };

const { isJson, seconds, profileDir } = benchArgs('pnpm bench latency: acknowledged to certified at 200 reports/s', 20);
const load = await LoadNetwork.start({ members: MEMBERS, devices: DEVICES, profileDir });
/** By report, milliseconds of the monotonic clock: acknowledged, and seen certified at the member that took it. */
const acknowledgedMs = new Map<string, number>();
const certifiedMs = new Map<string, number>();
const gatewayOf = new Map<string, number>();
try {
  const ending = new AbortController();
  const following = Promise.all(load.network.ports.map((_, member) => follow(member, ending.signal)));
  tell('warming up');
  await sendEvenly(WARM_UP_SECONDS);
  for (const map of [acknowledgedMs, certifiedMs, gatewayOf]) map.clear();
  tell(`measuring for ${seconds} s`);
  const before = { height: load.height(), busy: machineBusySeconds(), atMs: performance.now() };
  await sendEvenly(seconds);
  const took = (performance.now() - before.atMs) / 1000;
  const rates = {
    blocksPerSecond: (load.height() - before.height) / took,
    machineBusy: (machineBusySeconds() - before.busy) / took,
  };
  const deadlineMs = performance.now() + DRAIN_TIMEOUT_MS;
  while (missing() > 0 && performance.now() < deadlineMs) await delay(20);
  ending.abort();
  await following;
  print(rates);
} finally {
  await load.stop();
}
process.exit();

function missing(): number {
  return [...acknowledgedMs.keys()].filter((id) => !certifiedMs.has(id)).length;
}

async function sendEvenly(forSeconds: number): Promise<void> {
  const underWay = new Set<Promise<void>>();
  const startMs = performance.now();
  for (let count = 0; count < REPORTS_PER_SECOND * forSeconds; count++) {
    const waitMs = startMs + (count * 1000) / REPORTS_PER_SECOND - performance.now();
    if (waitMs > 0) await delay(waitMs);
    const sent = send(count % DEVICES).finally(() => underWay.delete(sent));
    underWay.add(sent);
  }
  await Promise.all(underWay);
}

async function send(device: number): Promise<void> {
  const gateway = device % MEMBERS;
  const bytes = load.devices[device]?.report() as Uint8Array;
  const id = sha256Hash(bytes);
  gatewayOf.set(id, gateway);
  const { status, body } = await load.network.post(gateway, '/v1/reports', bytes);
  if (body.data?.reports[0].status !== 'accepted') throw new Error(`answered ${status}: ${JSON.stringify(body)}`);
  acknowledgedMs.set(id, performance.now());
}

async function follow(member: number, signal: AbortSignal): Promise<void> {
  let from = (await load.network.height(member)) + 1;
  while (!signal.aborted) {
    try {
      const path = `/v1/sync/blocks?from=${from}&limit=${SYNC.blocksMax}&wait=5`;
      const response = await fetch(load.network.url(member) + path, { signal });
      const blocks = decodeSyncBlocks(new Uint8Array(await response.arrayBuffer()), SYNC);
      const nowMs = performance.now();
      from += blocks.length;
      for (const { batches } of blocks) for (const batch of batches) note(batch, member, nowMs);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}

function note(batch: Uint8Array, member: number, nowMs: number): void {
  for (const { bytes } of decodeBatch(batch).items) {
    const id = sha256Hash(bytes);
    if (gatewayOf.get(id) === member) certifiedMs.set(id, nowMs);
  }
}

function print(rates: { readonly blocksPerSecond: number; readonly machineBusy: number }): void {
  // The block may be here before the acknowledgement was read.
  const waits = [...acknowledgedMs].flatMap(([id, ackMs]) => {
    const seenMs = certifiedMs.get(id);
    return seenMs === undefined ? [] : [Math.max(0, seenMs - ackMs)];
  });
  const row = {
    name: `network::latency/n=${MEMBERS}/rate=${REPORTS_PER_SECOND}`,
    p50Ms: rounded(quantile(waits, 0.5), 1),
    p90Ms: rounded(quantile(waits, 0.9), 1),
    p99Ms: rounded(quantile(waits, 0.99), 1),
    maxMs: rounded(Math.max(...waits), 1),
    reports: waits.length,
    missing: missing(),
    blocksPerSecond: rounded(rates.blocksPerSecond, 1),
    machineBusy: rounded(rates.machineBusy, 2),
  };
  const { name, ...shown } = row;
  console.log(`${name}: acknowledged to certified`);
  console.table(shown);
  if (isJson) console.log(JSON.stringify({ bench: 'latency', machine: machineFacts(), rows: [row] }));
}
