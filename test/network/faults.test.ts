// Goal: bad input and faults over real sockets hurt nobody else. Method: one network of four processes for all cases, in this
// order; a member of this process stands in for a lying one. At the end all members hold the same blocks.
import { cpSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { createSigner } from '@cairn/crypto';
import { createNetwork, type Network } from '@cairn/network';
import { Rng } from '@cairn/primitives';
import { encodeSyncRequest, sealBatch } from '@cairn/protocol';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { TestDevice } from '../../node/src/testing/test-network.ts';
import { LocalNetwork } from '../fixtures/local-network.ts';
import { until } from '../fixtures/until.ts';

// Whole processes on a busy machine: what takes a second alone may take many.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const MEMBERS = [0, 1, 2, 3];
let network: LocalNetwork;
let device: TestDevice;
const adapters: Network[] = [];

beforeAll(async () => {
  network = await LocalNetwork.dealt(4);
  await network.startAll();
  device = new TestDevice(1, network.networkId);
  await network.post(0, '/v1/registrations', device.registration(network.registrar));
  await Promise.all(MEMBERS.map((member) => network.block(member, 1)));
});
afterEach(async () => {
  await Promise.all(adapters.splice(0).map((adapter) => adapter.stop()));
});
afterAll(() => network?.destroy());

async function refusal(report: Uint8Array): Promise<string> {
  const { body } = await network.post(0, '/v1/reports', report);
  expect(body.data.reports[0].status).toBe('refused');
  return body.data.reports[0].code;
}

/** A report that is certified, through `member`: the network makes progress. */
async function progress(member: number): Promise<number> {
  const { status, body } = await network.post(member, '/v1/reports?wait=certified&timeout=30', device.report());
  expect(status, JSON.stringify(body)).toBe(200);
  return body.data.reports[0].height;
}

async function metric(member: number, series: string): Promise<number> {
  const text = await (await fetch(`${network.url(member)}/metrics`)).text();
  const line = text.split('\n').find((each) => each.startsWith(`${series} `));
  return line === undefined ? 0 : Number(line.slice(series.length + 1));
}

function peerOf(seed: Uint8Array, options: { readonly networkTag?: string; readonly listen?: readonly string[] } = {}) {
  const members = network.genesis.members.map(({ identityKey, addresses }, index) => ({
    index,
    publicKey: identityKey,
    addresses,
  }));
  const { networkTag = network.networkId, listen = [] } = options;
  const handlers = { validateGossip: () => 'accept' as const, onDirect: () => {}, onRequest: async () => [] };
  return createNetwork({ identitySeed: seed, members, listen, networkTag }, { handlers }).then((adapter) => {
    adapters.push(adapter);
    return adapter;
  });
}

describe('bad reports', () => {
  test('a wrong signature', async () => {
    const report = device.report();
    report[report.length - 1] = (report.at(-1) as number) ^ 1;
    expect(await refusal(report)).toBe('INTAKE_SIGNATURE_INVALID');
  });

  test('an unknown device', async () => {
    expect(await refusal(new TestDevice(99, network.networkId).report())).toBe('unknown-device');
  });

  test('a report for another network', async () => {
    const other = new TestDevice(1, network.genesis.groupKey as unknown as typeof network.networkId);
    expect(await refusal(other.report())).toBe('INTAKE_SIGNATURE_INVALID');
  });

  test('an old sequence number, with other content and again as it was', async () => {
    const report = device.report({ seq: 1000 });
    const { body } = await network.post(0, '/v1/reports?wait=certified', report);
    expect(body.data.reports[0].status).toBe('certified');
    expect(await refusal(device.report({ seq: 1000, value: 7 }))).toMatch(/^(?:replayed|conflicting)$/);
    expect(await refusal(report)).toMatch(/^(?:replayed|duplicate)$/);
    expect(await refusal(device.report({ seq: 1 }))).toBe('replayed');
  });

  test('a time in the future, and one too old', async () => {
    expect(await refusal(device.report({ seq: 1001, observedAt: Date.now() + 3_000_000 }))).toBe('future');
    expect(await refusal(device.report({ seq: 1001, observedAt: Date.now() - 900_000 }))).toBe('stale');
  });

  test('a value out of range', async () => {
    expect(await refusal(device.report({ seq: 1001, value: 10_001 }))).toBe('out-of-range');
  });

  test('garbage, alone and among good ones', async () => {
    const garbage = new Rng(3).bytes(200);
    const { status, body } = await network.post(0, '/v1/reports', garbage);
    expect([status, body.code]).toEqual([400, 'PROTOCOL_CBOR_MALFORMED']);
    device = new TestDevice(1, network.networkId, 1002);
    const reports = { reports: [garbage, device.report()].map((bytes) => Buffer.from(bytes).toString('base64')) };
    const answer = await fetch(`${network.url(0)}/v1/reports`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(reports),
    });
    const { data } = (await answer.json()) as { data: { reports: { status: string; code?: string }[] } };
    expect(data.reports.map(({ status: each }) => each)).toEqual(['refused', 'accepted']);
    expect(data.reports[0]?.code).toMatch(/^PROTOCOL_/);
  });

  test('a body of 10 MB', async () => {
    const answer = await network.post(0, '/v1/reports', new Uint8Array(10 * 1024 * 1024)).catch(() => null);
    // Refused by its length alone; the connection may be closed while we still write.
    if (answer !== null) expect(answer.status).toBe(413);
    await progress(0);
  });
});

describe('bad peers', () => {
  test('a stranger may ask for certified blocks, and nothing more', async () => {
    const stranger = await peerOf(new Rng(77).bytes(32));
    await until('a connection', async () =>
      stranger.peers().some(({ isConnected }) => isConnected) ? true : undefined,
    );
    const member = stranger.peers().findIndex(({ isConnected }) => isConnected);
    const ask = async (request: Parameters<typeof encodeSyncRequest>[0]) => {
      const frames: Uint8Array[] = [];
      for await (const frame of stranger.request(member, 'sync', encodeSyncRequest(request))) frames.push(frame);
      return frames;
    };
    const frames = await ask({ kind: 'certified', fromHeight: 1, toHeight: 2 });
    expect(frames.length).toBeGreaterThanOrEqual(2);
    expect(await ask({ kind: 'batches', ids: [network.networkId] })).toEqual([]);
    await expect(stranger.publish('batch', new Uint8Array(10))).rejects.toThrow('only a running member');
    expect(stranger.sendDirect(member, 'agreement', new Uint8Array(10))).toBe(false);
    await progress(1);
  });

  test('a batch with one forged report is refused by all and stands in no block', async () => {
    await network.kill(3, 'SIGTERM');
    const seed = network.identitySeeds[3] as Uint8Array;
    const liar = await peerOf(seed, { listen: network.genesis.members[3]?.addresses ?? [] });
    await until('gossip', async () => (liar.peers().every(({ isGossiping }) => isGossiping) ? true : undefined));
    const forged = device.report();
    forged[forged.length - 1] = (forged.at(-1) as number) ^ 1;
    const items = [device.report(), forged].map((bytes) => ({ kind: 'report', bytes }) as const);
    const baseHeight = await network.height(0);
    const body = { networkId: network.networkId, epoch: 0, author: 3, seq: 1_000_000, baseHeight, items };
    const signer = createSigner(seed);
    const batch = sealBatch(body, (bytes) => signer.sign(bytes));
    const before = await metric(0, 'cairn_batch_received_total{verdict="invalid"}');
    await liar.publish('batch', batch.bytes);
    await liar.publish('batch', new Rng(5).bytes(500));
    await until('the refusal', async () => {
      const now = await metric(0, 'cairn_batch_received_total{verdict="invalid"}');
      return now >= before + 2 ? now : undefined;
    });
    await progress(0);
    const id = Buffer.from(batch.id, 'hex');
    const response = await fetch(`${network.url(0)}/v1/sync/blocks?from=1`);
    expect(Buffer.from(await response.arrayBuffer()).includes(id)).toBe(false);
  });

  test('a member on another network id does not get as far as a stream', async () => {
    const lost = await peerOf(network.identitySeeds[3] as Uint8Array, { networkTag: network.genesis.groupKey });
    await until(
      'a failed dial',
      async () => (lost.peers().some(({ lastDialError }) => lastDialError) ? true : undefined),
      5000,
    ).catch(() => {});
    const request = encodeSyncRequest({ kind: 'certified', fromHeight: 1, toHeight: 1 });
    const frames = (async () => {
      for await (const _ of lost.request(0, 'sync', request, { timeoutMs: 2000 })) return 'a frame';
      return 'nothing';
    })();
    await expect(frames).rejects.toMatchObject({ code: expect.stringMatching(/^NETWORK_/) });
    await progress(2);
  });
});

describe('faults of members', () => {
  test('a member killed in the middle of a height catches up and signs again', async () => {
    await network.start(3);
    const heights = Promise.all([0, 1, 2].map((member) => progress(member)));
    await network.kill(3, 'SIGKILL');
    const height = Math.max(...(await heights));
    await progress(1);
    const back = await network.start(3);
    await network.block(3, height + 1);
    const signed = back.line(({ event, voters }) => event === 'block' && (voters as number[]).includes(3), 60_000);
    const reporting = keepReporting(0);
    await signed;
    await reporting.stop();
  });

  test('the network goes on when the leader is killed, by a change of view', async () => {
    await network.kill(2, 'SIGKILL');
    const child = network.processes.get(0);
    const from = child?.lines.length ?? 0;
    const reporting = keepReporting(0);
    await child?.line(
      (line) => line.event === 'block' && Number(line.view) > 0 && (child?.lines.indexOf(line) ?? 0) >= from,
      60_000,
    );
    await reporting.stop();
    await network.start(2);
    await network.block(2, await network.height(0));
  });

  test('without a quorum nothing is certified; when it is back, all that was taken is', async () => {
    await Promise.all([2, 3].map((member) => network.kill(member, 'SIGKILL')));
    const series = 'cairn_consensus_view_changes_total{reason="timer"}';
    const timeouts = await metric(0, series);
    const { body } = await network.post(0, '/v1/reports', device.report());
    const { id, status } = body.data.reports[0];
    expect(status).toBe('accepted');
    const height = await network.height(0);
    await until('a timeout of the view', async () => ((await metric(0, series)) > timeouts ? true : undefined));
    expect(await network.height(0)).toBe(height);
    expect((await network.get(0, '/ready')).body.status).toBe('failing');
    expect((await network.get(0, `/v1/reports/${id}`)).body.data.status).not.toBe('certified');
    await Promise.all([2, 3].map((member) => network.start(member)));
    const fate = await until(
      'the report',
      async () => {
        const { data } = (await network.get(0, `/v1/reports/${id}`)).body;
        return data.status === 'certified' ? data : undefined;
      },
      60_000,
    );
    expect(fate.code).toBe('accepted');
  });

  test('a report that was acknowledged survives the death of its gateway', async () => {
    const { body } = await network.post(1, '/v1/reports', device.report());
    await network.kill(1, 'SIGKILL');
    await network.start(1);
    const { id } = body.data.reports[0];
    await until(
      'the report',
      async () => {
        const { data } = (await network.get(1, `/v1/reports/${id}`)).body;
        return data.status === 'certified' && data.code === 'accepted' ? true : undefined;
      },
      60_000,
    );
  });

  test('a member with an older copy of its disk does not start, because it could vote twice', async () => {
    const copy = join(network.root, 'older');
    await network.kill(3, 'SIGTERM');
    cpSync(network.dataDir(3), copy, { recursive: true });
    await network.start(3);
    const reporting = keepReporting(0);
    const height = await network.height(0);
    await network.processes
      .get(3)
      ?.line(
        ({ event, voters, height: at }) => event === 'block' && Number(at) > height && (voters as number[]).includes(3),
        60_000,
      );
    await reporting.stop();
    await network.kill(3, 'SIGKILL');
    renameSync(network.dataDir(3), join(network.root, 'newer'));
    renameSync(copy, network.dataDir(3));
    await expect(network.start(3)).rejects.toThrow('NODE_STATE_INVALID');
    expect(await network.processes.get(3)?.exited).toBe(4);
    renameSync(network.dataDir(3), copy);
    renameSync(join(network.root, 'newer'), network.dataDir(3));
    await network.start(3);
  });

  test('in the end all members hold the same blocks', async () => {
    const height = Math.max(...(await Promise.all(MEMBERS.map((member) => network.height(member)))));
    const chains = await Promise.all(
      MEMBERS.map(async (member) => {
        await until(`member ${member}`, async () => ((await network.height(member)) >= height ? true : undefined));
        const response = await fetch(`${network.url(member)}/v1/sync/blocks?from=1&limit=${height}`);
        return Buffer.from(await response.arrayBuffer());
      }),
    );
    for (const chain of chains) expect(chain.equals(chains[0] as Buffer)).toBe(true);
  });
});

/** Sends one report after another, so that there is always something to agree on. */
function keepReporting(member: number): { stop(): Promise<void> } {
  let isStopped = false;
  const done = (async () => {
    while (!isStopped)
      await network.post(member, '/v1/reports?wait=certified&timeout=5', device.report()).catch(() => {});
  })();
  return {
    stop: async () => {
      isStopped = true;
      await done;
    },
  };
}
