// Goal: four processes that know each other's keys agree, sign together, and what they sign verifies elsewhere.
import { type Attestation, attestationFromJson } from '@cairn/protocol';
import { verifyAttestation } from '@cairn/verify';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { TestDevice } from '../../node/src/testing/test-network.ts';
import { LocalNetwork } from '../fixtures/local-network.ts';

// Whole processes on a busy machine: what takes a second alone may take many.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const MEMBERS = [0, 1, 2, 3];
let network: LocalNetwork;
let device: TestDevice;

beforeAll(async () => {
  network = await LocalNetwork.dealt(4);
  await network.startAll();
  device = new TestDevice(1, network.networkId);
});
afterAll(() => network?.destroy());

function verified(attestation: Attestation) {
  const { networkId, genesis } = network;
  return verifyAttestation(attestation, { networkId, groupKey: genesis.groupKey });
}

test('a registration is taken, and certified by all', async () => {
  const { status, body } = await network.post(0, '/v1/registrations', device.registration(network.registrar));
  expect([status, body.data.status]).toEqual([202, 'accepted']);
  const blocks = await Promise.all(MEMBERS.map((member) => network.block(member, 1)));
  for (const block of blocks) expect(block.receipts).toEqual({ accepted: 1 });
  // 5.3: the cap of this test's timeouts is too low for the largest block, and the members say so
  const { viewTimeoutMsMax } = network.genesis.parameters;
  expect(network.processes.get(0)?.log.join('\n')).toMatch(`"viewTimeoutMsMax":${viewTimeoutMsMax},"capMsMin":`);
});

test('a report is certified, and its attestation verifies with network id and group key alone', async () => {
  const { status, body } = await network.post(1, '/v1/reports?wait=certified', device.report());
  expect(status).toBe(200);
  const [report] = body.data.reports;
  expect(report.status).toBe('certified');
  const result = verified(attestationFromJson(report.attestation));
  expect(result.verified, JSON.stringify(result)).toBe(true);
  const fate = await network.get(1, `/v1/reports/${report.id}`);
  expect(fate.body.data).toMatchObject({ status: 'certified', code: 'accepted', height: report.height });
});

test('a window closes by itself into a result', async () => {
  const child = network.processes.get(2);
  const line = await child?.line(({ event, results }) => event === 'block' && (results as unknown[]).length > 0);
  expect(line?.results).toContainEqual({ feed: 'air', outcome: 'value' });
});

test('all members hold the same headers', async () => {
  const heights = await Promise.all(MEMBERS.map((member) => network.height(member)));
  const height = Math.min(...heights);
  expect(height).toBeGreaterThan(2);
  const chains = await Promise.all(
    MEMBERS.map(async (member) => {
      const response = await fetch(`${network.url(member)}/v1/sync/blocks?from=1&limit=${height}`);
      return Buffer.from(await response.arrayBuffer());
    }),
  );
  for (const chain of chains) expect(chain.equals(chains[0] as Buffer)).toBe(true);
});

test('metrics and health say what the member does', async () => {
  const response = await fetch(`${network.url(3)}/metrics`);
  const text = await response.text();
  expect(text).toMatch(/^cairn_up_and_posting 1$/m);
  expect(text).toMatch(/^cairn_consensus_participation_expected_total\{peer="0"\} [1-9]/m);
  expect(text).toMatch(/^cairn_telemetry_refused_total 0$/m);
  expect(text).toMatch(/^cairn_consensus_execution_duration_seconds_count [1-9]/m);
  expect(text).toMatch(/^cairn_ledger_devices [1-9]/m);
  expect(text).toMatch(/^cairn_ledger_open_windows \d/m);
  expect(text).toMatch(/^cairn_storage_size_bytes\{store="(?:database|log)"\} [1-9]/m);
  expect(text).toMatch(/^libp2p_/m);
  const ready = await network.get(3, '/ready');
  expect([ready.status, ready.body.status]).toEqual([200, 'ready']);
});

test('SIGTERM ends a member with exit code 0', async () => {
  const child = network.processes.get(3);
  expect(await child?.stop('SIGTERM')).toBe(0);
  expect(child?.lines.at(-1)).toMatchObject({ event: 'stopped' });
});
