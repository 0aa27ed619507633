import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256Hash } from '@cairn/crypto';
import { networkIdOf } from '@cairn/protocol';
import { CertifiedChain } from '@cairn/replica/testing';
import { createLogger } from '@cairn/telemetry';
import { readAttestation, verifyAttestation } from '@cairn/verify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Aggregator, type AggregatorOptions, startAggregator } from './aggregator.ts';
import { loadGenesis } from './load-genesis.ts';
import { FakeNode } from './testing/fake-node.ts';

let network: CertifiedChain;
let node: FakeNode;
let dataDir: string;
let running: Aggregator | null = null;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'cairn-aggregator-'));
  network = new CertifiedChain({ epochBlocks: 5, startMs: 2000 * Math.floor(Date.now() / 2000) - 600_000 });
  node = new FakeNode(network);
  await node.start();
});

afterEach(async () => {
  await running?.stop();
  running = null;
  await node.stop();
  await rm(dataDir, { recursive: true });
});

async function start(options: Partial<AggregatorOptions> = {}): Promise<Aggregator> {
  running = await startAggregator(
    { genesis: network.genesis, dataDir, sources: [node.url], anchoring: null, ...options },
    { log: createLogger({ level: 'silent' }) },
  );
  return running;
}

async function stop(): Promise<void> {
  await running?.stop();
  running = null;
}

// biome-ignore lint/suspicious/noExplicitAny: answers are compared with what the test expects of them
async function get(path: string): Promise<any> {
  const response = await fetch(`${running?.url}${path}`);
  return { status: response.status, ...((await response.json()) as object) };
}

type Data = Record<string, unknown>;

/** Opens the stream of a topic; what happens from now on can be waited for. */
async function listen(topic: string): Promise<{ until(isWanted: (data: Data) => boolean): Promise<Data> }> {
  const controller = new AbortController();
  const response = await fetch(`${running?.url}/v1/events?topics=${topic}`, { signal: controller.signal });
  const until = async (isWanted: (data: Data) => boolean): Promise<Data> => {
    let text = '';
    for await (const chunk of (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const events = text.split('\n\n');
      text = events.pop() ?? '';
      for (const each of events) {
        const data = /^data: (.*)$/m.exec(each)?.[1];
        if (data === undefined || !isWanted(JSON.parse(data))) continue;
        controller.abort();
        return JSON.parse(data);
      }
    }
    throw new Error('the stream ended');
  };
  return { until };
}

async function growTo(height: number): Promise<void> {
  const blocks = await listen('block');
  network.growTo(height);
  node.grown();
  await blocks.until((data) => (data.height as number) >= height);
}

const trust = () => ({ networkId: networkIdOf(network.genesis), groupKey: network.genesis.groupKey });

async function verified(path: string) {
  const response = await fetch(`${running?.url}${path}`);
  expect(response.status, path).toBe(200);
  return verifyAttestation(readAttestation(new Uint8Array(await response.arrayBuffer())), trust());
}

describe('an aggregator', () => {
  it('serves what it followed, and every attestation verifies', async () => {
    await start();
    await growTo(12);
    for (const form of ['', '?encoding=cbor']) {
      expect((await verified(`/v1/feeds/air/rounds/latest${form}`)).verified).toBe(true);
    }
    const report = network.commits[5]?.acceptedReports[0] ?? '';
    expect((await verified(`/v1/reports/${report}/proof`)).verified).toBe(true);
    expect((await get(`/v1/reports/${report}`)).data).toMatchObject({ status: 'certified', height: 6 });
    expect((await get('/v1/info')).data).toMatchObject({ height: 12, networkId: trust().networkId });
    const { rounds } = (await get('/v1/feeds/air/rounds?limit=3')).data;
    const at = rounds[1].result.windowStart;
    expect((await verified(`/v1/feeds/air/rounds/${at}`)).verified).toBe(true);
    expect((await verified(`/v1/feeds/air/rounds/at/${at + 1}`)).verified).toBe(true);
    expect((await get('/v1/blocks/6')).data).toMatchObject({ height: 6, receipts: { accepted: 3 }, voters: [0, 1, 2] });
    const checkpoint = (await get('/v1/checkpoints/7')).data;
    expect(checkpoint.note).toBe(network.commits[5]?.note);
    expect((await get('/v1/consistency?from=7&to=13')).data).toMatchObject({ firstRoot: checkpoint.root });
    expect((await get('/v1/checkpoints/1')).status).toBe(404);
    expect((await get('/v1/participation')).data.members[3]).toMatchObject({ votes: 0, lastVotedHeight: null });
    expect((await get('/v1/participation')).data.members[0]).toMatchObject({ votes: 11, lastVotedHeight: 11 });
    expect((await get('/health')).status).toBe('ready');
    const metrics = await (await fetch(`${running?.url}/metrics`)).text();
    expect(metrics).toMatch(/^cairn_storage_size_bytes\{store="(?:database|log)"\} [1-9]/m);
    expect(metrics).toContain('cairn_follower_height 12');
    expect(metrics).toMatch(/cairn_api_requests_total\{.*route="\/v1\/blocks\/:height".*\} 1/);
  });

  it('answers a waiting client as soon as the round is certified', async () => {
    await start();
    await growTo(6);
    const latest = (await get('/v1/feeds/air/rounds/latest')).data.subject.result.windowStart;
    const next = get('/v1/feeds/air/rounds/next?timeout=20');
    await get('/live');
    await growTo(9);
    const { result } = (await next).data.subject;
    expect(result.windowStart).toBeGreaterThan(latest);
    expect((await get(`/v1/feeds/air/rounds/next?after=${latest}`)).data.subject.result).toEqual(result);
  });

  it('goes on from its archive after a restart, without asking again', async () => {
    await start();
    await growTo(8);
    await stop();
    network.growTo(11);
    node.lie = (block, commit) => {
      if (commit.height <= 8) throw new Error('asked for again');
      return block;
    };
    await start();
    expect(running?.height).toBeGreaterThanOrEqual(8);
    expect((await verified('/v1/feeds/air/rounds/latest')).verified).toBe(true);
    await growTo(13);
    expect((await get('/v1/consistency?from=9&to=14')).data.secondSize).toBe(14);
    expect((await get('/v1/participation')).data.window).toBe(12);
  });

  it('says that it is syncing or without sources, and serves on', async () => {
    const admin = {};
    await start({ admin });
    await growTo(8);
    await node.stop();
    await fetch(`${running?.url}/v1/feeds/air/rounds/latest`);
    const health = async () => (await fetch(`${running?.adminUrl}/health`)).status;
    // the source counts as gone with its first failed answer
    for (let status = await health(); status !== 503; status = await health());
    expect((await fetch(`${running?.adminUrl}/ready`)).status).toBe(503);
    expect((await verified('/v1/feeds/air/rounds/latest')).verified).toBe(true);
  });

  it('takes the genesis document from a node when its hash is known', async () => {
    const networkId = networkIdOf(network.genesis);
    const genesis = await loadGenesis({ networkId, sources: ['http://127.0.0.1:1', node.url] });
    expect(networkIdOf(genesis)).toBe(networkId);
    await expect(loadGenesis({ networkId: sha256Hash(new Uint8Array(1)), sources: [node.url] })).rejects.toMatchObject({
      code: 'AGGREGATOR_GENESIS_MISSING',
    });
    await expect(loadGenesis({ sources: [node.url] })).rejects.toMatchObject({ code: 'AGGREGATOR_GENESIS_MISSING' });
  });

  it('anchors on the embedded chain, and serves attestations with the anchor', async () => {
    await start({ anchoring: { rpcUrl: 'embedded', intervalMs: 200, pollMs: 200, finalityPollMs: 500 } });
    const anchors = await listen('anchor');
    await growTo(10);
    const anchor = await anchors.until(
      ({ status, treeSize }) => treeSize === 11 && (status === 'confirmed' || status === 'finalized'),
    );
    expect(anchor.slot).toBeGreaterThan(0);
    // every round of the ten blocks carries the anchor from now on
    const [round] = (await get('/v1/feeds/air/rounds')).data.rounds;
    expect(round.anchored).toBe(true);
    const path = `/v1/feeds/air/rounds/${round.result.windowStart}`;
    const report = await verified(path);
    expect(report.verified).toBe(true);
    expect(report.checks.find(({ name }) => name === 'anchor')?.holds).toBe(true);
    expect((await fetch(`${running?.url}${path}`)).headers.get('cache-control')).toContain('immutable');
    expect((await get('/v1/anchors')).data[0]).toMatchObject({ transaction: anchor.transaction });
    expect((await get('/v1/info')).data.chain).toBe(anchor.chain);
  }, 60_000);
});
