import { toBase64 } from '@cairn/primitives';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterEach, describe, expect, it } from 'vitest';
import { createAttestationServer } from './attestation-server.ts';
import type { HttpServer } from './http-app.ts';
import { createNodeServer } from './node-server.ts';
import { anAttestation, anEvidence, aRound, FakeArchive, nodePorts } from './testing/fixtures.ts';
import { getJson, type Json } from './testing/requests.ts';

let server: HttpServer | undefined;

afterEach(() => server?.stop());

const id = 'a'.repeat(64);
const unknownId = 'b'.repeat(64);

/** Every operation with requests that bring out its answers. `{}` in a path stays as the document writes it. */
type Tries = Readonly<Record<string, readonly (string | { readonly path: string; readonly init: RequestInit })[]>>;

const NODE: Tries = {
  'get /health': ['/health'],
  'get /ready': ['/ready'],
  'get /live': ['/live'],
  'get /metrics': ['/metrics'],
  'get /v1/info': ['/v1/info'],
  'get /v1/genesis': ['/v1/genesis', { path: '/v1/genesis', init: { headers: { accept: 'application/cbor' } } }],
  'get /v1/evidence': ['/v1/evidence', '/v1/evidence?limit=0'],
  'get /v1/evidence/{id}': [
    `/v1/evidence/${anEvidence.id}`,
    `/v1/evidence/${anEvidence.id}?encoding=cbor`,
    `/v1/evidence/${unknownId}`,
  ],
  'get /v1/feeds': ['/v1/feeds'],
  'get /v1/status': ['/v1/status'],
  'get /v1/reports/{id}': [`/v1/reports/${id}`, '/v1/reports/x'],
  'get /v1/sync/blocks': ['/v1/sync/blocks?from=1', '/v1/sync/blocks'],
  'post /v1/reports': [
    json('/v1/reports', { reports: [toBase64(Uint8Array.of(0xd2))] }),
    json('/v1/reports?wait=certified', { reports: [toBase64(Uint8Array.of(0xd2))] }),
    json('/v1/reports', {}),
  ],
  'post /v1/registrations': [json('/v1/registrations', { item: 'AA==' }), json('/v1/registrations', { item: '?' })],
  'post /v1/revocations': [json('/v1/revocations', { item: 'AA==' })],
};

const AGGREGATOR: Tries = {
  ...Object.fromEntries(
    Object.entries(NODE).filter(([key]) => /health|ready|live|metrics|info|genesis|evidence|v1\/feeds/.test(key)),
  ),
  'get /v1/feeds/{feed}': ['/v1/feeds/air', '/v1/feeds/none'],
  'get /v1/feeds/{feed}/groups': ['/v1/feeds/air/groups', '/v1/feeds/none/groups'],
  'get /v1/feeds/{feed}/rounds': [
    '/v1/feeds/air/rounds',
    '/v1/feeds/air/rounds?at=180001',
    '/v1/feeds/air/rounds?at=1',
  ],
  'get /v1/feeds/{feed}/rounds/latest': ['/v1/feeds/air/rounds/latest', '/v1/feeds/air/rounds/latest?encoding=cbor'],
  'get /v1/feeds/{feed}/rounds/next': ['/v1/feeds/air/rounds/next?after=1', '/v1/feeds/air/rounds/next?timeout=0'],
  'get /v1/feeds/{feed}/rounds/{windowStart}': ['/v1/feeds/air/rounds/180000', '/v1/feeds/air/rounds/1'],
  'get /v1/feeds/{feed}/rounds/at/{time}': ['/v1/feeds/air/rounds/at/180001', '/v1/feeds/air/rounds/at/1'],
  'get /v1/updates/latest': ['/v1/updates/latest?ids[]=air', '/v1/updates/latest'],
  'get /v1/updates/stream': ['/v1/updates/stream'],
  'get /v1/events': ['/v1/events?topics=x'],
  'get /v1/reports/{id}': [`/v1/reports/${id}`, `/v1/reports/${unknownId}`],
  'get /v1/reports/{id}/proof': [`/v1/reports/${id}/proof`, `/v1/reports/${unknownId}/proof`],
  'get /v1/blocks/{height}': ['/v1/blocks/0', '/v1/blocks/3', '/v1/blocks/99'],
  'get /v1/participation': ['/v1/participation'],
  'get /v1/checkpoints/latest': ['/v1/checkpoints/latest', '/v1/checkpoints/latest?encoding=note'],
  'get /v1/checkpoints/{size}': ['/v1/checkpoints/4', '/v1/checkpoints/99'],
  'get /v1/consistency': ['/v1/consistency?from=1&to=4', '/v1/consistency?from=9'],
  'get /v1/anchors': ['/v1/anchors'],
};

function json(path: string, body: unknown) {
  return {
    path,
    init: { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } },
  };
}

describe('the OpenAPI document', () => {
  it('describes every answer of the node server', async () => {
    server = await createNodeServer(
      {},
      nodePorts({
        syncBlocks: async () => [],
        awaitCertified: async () => [
          { fate: { status: 'certified', height: 2, code: 'accepted' }, attestation: anAttestation() },
        ],
      }),
    );
    await compare(await server.start(), NODE);
  });

  it('describes every answer of the attestation server', async () => {
    const archive = new FakeArchive();
    archive.certify(aRound(3));
    server = await createAttestationServer({}, archive.ports());
    await compare(await server.start(), AGGREGATOR);
  });

  it('has a page', async () => {
    server = await createNodeServer({}, nodePorts());
    const page = await fetch(`${await server.start()}/docs`);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('swagger-ui');
  });
});

async function compare(url: string, tries: Tries): Promise<void> {
  const document = await getJson(`${url}/docs/openapi.json`);
  const operations = Object.entries<Json>(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path}`),
  );
  expect(Object.keys(tries).sort()).toEqual(operations.filter((name) => !name.startsWith('head ')).sort());
  for (const [operation, requests] of Object.entries(tries)) {
    const [method = '', path = ''] = operation.split(' ');
    for (const request of requests) {
      const [target, init] = typeof request === 'string' ? [request, {}] : [request.path, request.init];
      await compareOne(document.paths[path][method], await fetch(`${url}${target}`, init), `${operation} ${target}`);
    }
  }
}

async function compareOne(operation: Json, response: Response, name: string): Promise<void> {
  const { responses } = operation;
  const described = responses[response.status] ?? responses[`${`${response.status}`[0]}XX`];
  expect(described, `${name} does not describe ${response.status}`).toBeDefined();
  const contentType = response.headers.get('content-type')?.split(';', 1)[0];
  if (contentType === undefined) return;
  const schema = described.content?.[contentType]?.schema;
  expect(schema, `${name} does not describe ${contentType}`).toBeDefined();
  if (!contentType.endsWith('json')) return;
  const ajv = new Ajv2020({ strict: false });
  const body = await response.json();
  expect(ajv.validate(closed(schema), body), `${name}: ${ajv.errorsText()} in ${JSON.stringify(body)}`).toBe(true);
}

/** Objects with named fields have no others: what the document does not know must not be served. */
function closed(schema: Json): Json {
  if (typeof schema !== 'object' || schema === null) return schema;
  if (Array.isArray(schema)) return schema.map(closed);
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  return inner.type === 'object' && inner.properties && inner.additionalProperties === undefined
    ? { ...inner, additionalProperties: false }
    : inner;
}
