import { toHex } from '@cairn/primitives';
import { attestationFromJson, decodeAttestation, encodeAttestation } from '@cairn/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import type { AttestationPorts } from './attestation-ports.ts';
import { createAttestationServer } from './attestation-server.ts';
import type { HttpServer } from './http-app.ts';
import type { HttpBounds } from './options.ts';
import { aFeed, anAttestation, aRound, FakeArchive } from './testing/fixtures.ts';
import { getJson, refused } from './testing/requests.ts';

let server: HttpServer | undefined;

async function start(archive: FakeArchive, ports: Partial<AttestationPorts> = {}, bounds: Partial<HttpBounds> = {}) {
  server = await createAttestationServer({ bounds }, archive.ports(ports));
  return server.start();
}

afterEach(() => server?.stop());

function archiveOf(...heights: number[]): FakeArchive {
  const archive = new FakeArchive();
  archive.certify(...heights.map((height) => aRound(height)));
  return archive;
}

const anAnchored = () => {
  const round = aRound(3);
  const anchor = {
    checkpoint: 'note\n',
    proof: { index: 3, size: 5, path: [] },
    chain: 'abc',
    slot: 1,
    blockTime: null,
    transaction: 'def',
  };
  return { ...round, attestation: { ...round.attestation, anchor } };
};

describe('rounds', () => {
  it('gives the latest as JSON and as the CBOR that the JSON stands for', async () => {
    const url = `${await start(archiveOf(3, 4))}/v1/feeds/air/rounds/latest`;
    const json = await getJson(url);
    expect(json).toMatchObject({ version: 1, finalized: true, anchored: false });
    expect(json.data.subject.result.channels[0].aggregates[1].value).toBe('1152921504606846976');
    const attestation = attestationFromJson(json.data);
    expect(attestation).toEqual(aRound(4).attestation);
    for (const request of [fetch(`${url}?encoding=cbor`), fetch(url, { headers: { accept: 'application/cbor' } })]) {
      const bytes = new Uint8Array(await (await request).arrayBuffer());
      expect(bytes).toEqual(encodeAttestation(attestation));
      expect(decodeAttestation(bytes)).toEqual(attestation);
    }
  });

  it('finds rounds by window, by time and in pages', async () => {
    const url = `${await start(archiveOf(1, 2, 3, 4, 5))}/v1/feeds/air/rounds`;
    expect((await getJson(`${url}/120000`)).data.subject.result.windowStart).toBe(120_000);
    expect((await getJson(`${url}/at/130000`)).data.subject.result.windowStart).toBe(120_000);
    expect((await getJson(`${url}?at=130000`)).data.rounds).toHaveLength(1);
    const first = await getJson(`${url}?limit=2&from=60001`);
    const starts = (page: { data: { rounds: { result: { windowStart: number } }[] } }) =>
      page.data.rounds.map((round) => round.result.windowStart);
    expect(starts(first)).toEqual([300_000, 240_000]);
    const second = await getJson(`${url}?limit=3&from=60001&to=${first.data.next}`);
    expect(starts(second)).toEqual([180_000, 120_000]);
    expect(second.data.next).toBe(null);
    await refused(await fetch(`${url}/7`), 404, 'HTTP_ROUND_UNKNOWN');
    await refused(await fetch(`${url}/at/7`), 404, 'HTTP_ROUND_UNKNOWN');
  });

  it('asks for a group where the feed has groups', async () => {
    const archive = new FakeArchive({ feed: aFeed({ groupResolution: 7 }) });
    archive.certify(aRound(1, { group: '87a' }), aRound(2, { group: '87b' }));
    const url = `${await start(archive)}/v1/feeds`;
    await refused(await fetch(`${url}/air/rounds/latest`), 400, 'HTTP_GROUP_MISSING');
    await refused(await fetch(`${url}/noise/rounds/latest`), 404, 'HTTP_FEED_UNKNOWN');
    expect((await getJson(`${url}/air/rounds/latest?group=87b`)).data.subject.result.group).toBe('87b');
    const groups = await getJson(`${url}/air/groups`);
    expect(groups.data.map((each: { group: string }) => each.group)).toEqual(['87a', '87b']);
  });

  it('waits for the next round, and says 204 when there is none in time', async () => {
    const archive = archiveOf(1);
    const waiting = Promise.withResolvers<void>();
    const url = `${await start(archive, {
      awaitRound: (query) => {
        waiting.resolve();
        return archive.ports().awaitRound(query);
      },
    })}/v1/feeds/air/rounds/next`;
    const next = fetch(url);
    await waiting.promise;
    archive.certify(aRound(2));
    expect(((await (await next).json()) as { data: { subject: object } }).data.subject).toMatchObject({
      result: { windowStart: 120_000 },
    });
    expect((await fetch(`${url}?timeout=0`)).status).toBe(204);
    expect((await fetch(`${url}?after=1`)).status).toBe(200);
  });
});

describe('caching', () => {
  it('keeps anchored documents for long, others until they can change', async () => {
    const archive = new FakeArchive();
    archive.certify(anAnchored(), aRound(9));
    const url = await start(archive);
    const control = async (path: string) => (await fetch(`${url}${path}`)).headers.get('cache-control');
    expect(await control('/v1/feeds/air/rounds/180000')).toBe('public, max-age=604800, immutable');
    expect(await control('/v1/feeds/air/rounds/540000')).toBe('public, max-age=5');
    expect(await control('/v1/blocks/3')).toContain('immutable');
    expect(await control('/v1/blocks/6')).not.toContain('immutable');
    expect(await control('/v1/feeds/air/rounds/1')).toBe('no-store');
  });

  it('lets the latest expire when the next one can be there', async () => {
    const now = Date.now();
    const archive = new FakeArchive();
    const fresh = aRound(3, { windowStart: now - 60_000 });
    archive.certify({ ...fresh, attestation: { ...fresh.attestation, anchor: anAnchored().attestation.anchor } });
    const control = (await fetch(`${await start(archive)}/v1/feeds/air/rounds/latest`)).headers.get('cache-control');
    // the window ended now; the next one ends in 60 s and has 5 s of grace
    const seconds = Number(/max-age=(\d+)/.exec(control ?? '')?.[1]);
    expect(seconds).toBeGreaterThan(60);
    expect(seconds).toBeLessThanOrEqual(65);
  });

  it('answers 304 to whoever has it', async () => {
    const url = `${await start(archiveOf(3))}/v1/feeds/air/rounds/180000`;
    const first = await fetch(url);
    const tag = first.headers.get('etag') ?? '';
    const second = await fetch(url, { headers: { 'if-none-match': tag } });
    expect(second.status).toBe(304);
    expect(await second.text()).toBe('');
    expect((await fetch(url, { headers: { 'if-none-match': '"other"' } })).status).toBe(200);
  });
});

describe('reports, blocks and the log', () => {
  it('gives the proof of a report, or why there is none', async () => {
    const url = `${await start(new FakeArchive())}/v1/reports`;
    expect((await getJson(`${url}/${'a'.repeat(64)}`)).data).toMatchObject({ status: 'certified', code: 'accepted' });
    expect(attestationFromJson((await getJson(`${url}/${'a'.repeat(64)}/proof`)).data)).toEqual(anAttestation());
    await refused(await fetch(`${url}/${'b'.repeat(64)}/proof`), 404, 'HTTP_REPORT_UNKNOWN');
  });

  it('gives blocks, checkpoints as note and JSON, consistency proofs and anchors', async () => {
    const url = `${await start(archiveOf(3))}/v1`;
    expect((await getJson(`${url}/blocks/3`)).data).toMatchObject({ height: 3, receipts: { accepted: 3, stale: 1 } });
    await refused(await fetch(`${url}/blocks/99`), 404, 'HTTP_BLOCK_UNKNOWN');
    expect((await getJson(`${url}/checkpoints/5`)).anchored).toBe(true);
    expect((await getJson(`${url}/checkpoints/latest`)).data.treeSize).toBe(8);
    const note = await fetch(`${url}/checkpoints/latest`, { headers: { accept: 'text/plain' } });
    expect(await note.text()).toBe('note of 8\n');
    expect(await (await fetch(`${url}/checkpoints/4?encoding=note`)).text()).toBe('note of 4\n');
    await refused(await fetch(`${url}/checkpoints/9`), 404, 'HTTP_CHECKPOINT_UNKNOWN');
    expect((await getJson(`${url}/consistency?from=2&to=4`)).data.proof).toHaveLength(1);
    await refused(await fetch(`${url}/consistency?from=4&to=2`), 400, 'HTTP_SIZES_INVALID');
    await refused(await fetch(`${url}/consistency?from=4&to=20`), 400, 'HTTP_SIZES_INVALID');
    expect((await getJson(`${url}/anchors`)).data[0]).toMatchObject({ status: 'finalized', slot: 99 });
    expect((await getJson(`${url}/participation`)).data.members[0]).toMatchObject({ name: 'node-0', votes: 9 });
    expect((await getJson(`${url}/info`)).data.chain).toMatch(/^EtWT/);
  });

  it('gives the latest of several feeds at once', async () => {
    const url = `${await start(archiveOf(3))}/v1/updates/latest?ids[]=air`;
    const { data } = await getJson(url);
    expect(data.parsed[0]).toMatchObject({ id: 'air', height: 3, anchored: true });
    const { data: hex } = await getJson(`${url}&encoding=hex&parsed=false`);
    expect(hex).toEqual({ binary: { encoding: 'hex', data: [toHex(encodeAttestation(aRound(3).attestation))] } });
    await refused(await fetch(`${url}&ids[]=noise`), 404, 'HTTP_FEED_UNKNOWN');
  });

  it('serves its pages', async () => {
    const body = new TextEncoder().encode('<h1>Cairn</h1>');
    const pages = new Map([['/', { contentType: 'text/html; charset=utf-8', body }]]);
    server = await createAttestationServer({ pages }, new FakeArchive().ports());
    expect(await (await fetch(await server.start())).text()).toBe('<h1>Cairn</h1>');
  });
});
