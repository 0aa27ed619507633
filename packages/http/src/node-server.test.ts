import { sha256Hash } from '@cairn/crypto';
import { fromHex, type Hash } from '@cairn/primitives';
import { encodeEvidence, encodeGenesis, evidenceFromJson, networkIdOf } from '@cairn/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import type { HttpServer } from './http-app.ts';
import type { NodePorts } from './node-ports.ts';
import { createNodeServer } from './node-server.ts';
import type { HttpObserver } from './observer.ts';
import type { HttpBounds } from './options.ts';
import { decodeSyncBlocks } from './sync-blocks.ts';
import { aGenesis, anEvidence, healthy, nodePorts } from './testing/fixtures.ts';
import type { Json } from './testing/requests.ts';

let server: HttpServer | undefined;

async function start(ports: Partial<NodePorts> = {}, bounds: Partial<HttpBounds> = {}, observer: HttpObserver = {}) {
  server = await createNodeServer({ bounds }, nodePorts(ports), observer);
  return server.start();
}

afterEach(() => server?.stop());

describe('state', () => {
  it('says that its port is taken', async () => {
    const port = Number(new URL(await start()).port);
    const second = await createNodeServer({ port }, nodePorts());
    await expect(second.start()).rejects.toMatchObject({ code: 'HTTP_LISTEN_INVALID', meta: { port } });
    await second.stop();
  });

  it('tells the fate of a report', async () => {
    const url = await start({
      reportFate: async (id: Hash) =>
        id.startsWith('a') ? { status: 'certified', height: 5, code: 'replayed' } : { status: 'pending' },
    });
    const certified = (await (await fetch(`${url}/v1/reports/${'a'.repeat(64)}`)).json()) as Json;
    expect(certified).toMatchObject({ data: { status: 'certified', height: 5, code: 'replayed' }, finalized: true });
    const pending = (await (await fetch(`${url}/v1/reports/${'b'.repeat(64)}`)).json()) as Json;
    expect(pending).toMatchObject({ data: { status: 'pending' }, finalized: false });
  });

  it('serves the genesis document whose hash is the network id', async () => {
    const url = await start();
    const genesis = aGenesis();
    const json = (await (await fetch(`${url}/v1/genesis`)).json()) as Json;
    expect(json.data.genesis).toEqual(JSON.parse(JSON.stringify(genesis)));
    const cbor = await fetch(`${url}/v1/genesis`, { headers: { accept: 'application/cbor' } });
    const bytes = new Uint8Array(await cbor.arrayBuffer());
    expect(bytes).toEqual(encodeGenesis(genesis));
    expect(sha256Hash(bytes)).toBe(networkIdOf(genesis));
    const info = (await (await fetch(`${url}/v1/info`)).json()) as Json;
    expect(info.data).toMatchObject({ networkId: networkIdOf(genesis), threshold: 3, faultyMax: 1, height: 7 });
  });

  it('serves certified blocks to followers, and nothing when the wait ends first', async () => {
    const block = { certified: fromHex('aa'), batches: [fromHex('bb'), fromHex('cc')] };
    const url = await start({
      syncBlocks: async ({ from, signal }) => {
        if (from === 1) return [block, block];
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        return [];
      },
    });
    const bounds = { bytesMax: 1000, blocksMax: 10 };
    const read = async (query: string) =>
      decodeSyncBlocks(new Uint8Array(await (await fetch(`${url}/v1/sync/blocks?${query}`)).arrayBuffer()), bounds);
    expect(await read('from=1')).toEqual([block, block]);
    expect(await read('from=2&wait=0')).toEqual([]);
  });

  it('maps health to status codes', async () => {
    let status: 'ready' | 'syncing' | 'failing' = 'ready';
    const url = await start({ health: () => ({ ...healthy, status }) });
    const codes = async () => [(await fetch(`${url}/health`)).status, (await fetch(`${url}/ready`)).status];
    expect(await codes()).toEqual([200, 200]);
    status = 'syncing';
    expect(await codes()).toEqual([206, 503]);
    status = 'failing';
    expect(await codes()).toEqual([503, 503]);
  });

  it('serves metrics, status, feeds, evidence and answers HEAD', async () => {
    const url = await start();
    expect(await (await fetch(`${url}/metrics`)).text()).toBe('# HELP cairn_up Up.\n');
    expect(((await (await fetch(`${url}/v1/status`)).json()) as Json).data.members).toHaveLength(4);
    expect(((await (await fetch(`${url}/v1/feeds`)).json()) as Json).data[0].id).toBe('air');
    const [listed] = ((await (await fetch(`${url}/v1/evidence`)).json()) as Json).data;
    expect(listed).toMatchObject({ id: anEvidence.id, member: 2, kind: 'double-proposal' });
    const { data } = (await (await fetch(`${url}/v1/evidence/${anEvidence.id}`)).json()) as Json;
    expect(encodeEvidence(evidenceFromJson(data.evidence))).toEqual(anEvidence.bytes);
    const cbor = await fetch(`${url}/v1/evidence/${anEvidence.id}`, { headers: { accept: 'application/cbor' } });
    expect(new Uint8Array(await cbor.arrayBuffer())).toEqual(anEvidence.bytes);
    const head = await fetch(`${url}/v1/info`, { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(await head.text()).toBe('');
  });
});
