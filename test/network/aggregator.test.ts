// Goal: an aggregator follows four real processes, one of which is killed, and what it anchors and serves verifies.
import { join } from 'node:path';
import { type Aggregator, startAggregator } from '@cairn/aggregator';
import { createLogger } from '@cairn/telemetry';
import { readAttestation, verifyAttestation } from '@cairn/verify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestDevice } from '../../node/src/testing/test-network.ts';
import { LocalNetwork } from '../fixtures/local-network.ts';

const MEMBERS = [0, 1, 2, 3];
let network: LocalNetwork;
let aggregator: Aggregator;
let device: TestDevice;

beforeAll(async () => {
  network = await LocalNetwork.dealt(4);
  await network.startAll();
  device = new TestDevice(1, network.networkId);
  aggregator = await startAggregator(
    {
      genesis: network.genesis,
      dataDir: join(network.root, 'aggregator'),
      sources: MEMBERS.map((member) => network.url(member)),
      anchoring: { rpcUrl: 'embedded', intervalMs: 500, pollMs: 200, finalityPollMs: 500 },
      follower: { waitMs: 2000, backoffMsMin: 50, backoffMsMax: 500 },
    },
    { log: createLogger({ level: 'silent' }) },
  );
}, 120_000);

afterAll(async () => {
  await aggregator?.stop();
  await network?.destroy();
});

// biome-ignore lint/suspicious/noExplicitAny: answers are compared with what the test expects of them
async function get(path: string): Promise<any> {
  return (await fetch(aggregator.url + path)).json();
}

/** The attestation of a report from the aggregator, once it is there (and anchored, when asked). */
async function proofOf(id: string, isWanted: (checks: ReadonlyMap<string, string>) => boolean) {
  for (;;) {
    const response = await fetch(`${aggregator.url}/v1/reports/${id}/proof`);
    if (response.status === 200) {
      const attestation = readAttestation(new Uint8Array(await response.arrayBuffer()));
      const { networkId, genesis } = network;
      const report = verifyAttestation(attestation, { networkId, groupKey: genesis.groupKey });
      expect(report.verified, JSON.stringify(report.checks)).toBe(true);
      if (isWanted(new Map(report.checks.map(({ name, holds }) => [name, String(holds)])))) return attestation;
    }
    // a server-sent event tells when there is something new to ask for
    await nextEvent();
  }
}

async function nextEvent(): Promise<void> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), 1000);
  try {
    const response = await fetch(`${aggregator.url}/v1/events?topics=block,anchor`, { signal: controller.signal });
    for await (const chunk of response.body ?? []) if (new TextDecoder().decode(chunk).includes('event:')) break;
  } catch {
    // nothing within a second: ask again
  }
  clearTimeout(timer);
  controller.abort();
}

async function report(member: number): Promise<string> {
  const { status, body } = await network.post(member, '/v1/reports?wait=certified', device.report());
  expect(status, JSON.stringify(body)).toBe(200);
  return body.data.reports[0].id;
}

test('a report through any member is attested by the aggregator, and anchored', async () => {
  const registration = await network.post(0, '/v1/registrations', device.registration(network.registrar));
  expect(registration.body.data.status).toBe('accepted');
  await network.block(1, 1);
  const id = await report(1);
  const attestation = await proofOf(id, (checks) => checks.get('anchor') === 'true');
  expect(attestation.anchor?.slot).toBeGreaterThan(0);
  const info = await get('/v1/info');
  expect(info.data.networkId).toBe(network.networkId);
  expect(attestation.anchor?.chain).toBe(info.data.chain);
}, 60_000);

test('with one member killed it follows the others', async () => {
  await network.kill(0);
  const id = await report(1);
  await proofOf(id, () => true);
  expect((await fetch(`${aggregator.url}/ready`)).status).toBe(200);
  const metrics = await (await fetch(`${aggregator.url}/metrics`)).text();
  expect(metrics).toMatch(/^cairn_follower_blocks_total\{verdict="invalid"\} 0$/m);
  expect(metrics).toMatch(/^cairn_telemetry_refused_total 0$/m);
}, 60_000);
