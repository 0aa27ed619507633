import { toBase64 } from '@cairn/primitives';
import { encodeGenesis } from '@cairn/protocol';
import { Type } from 'typebox';
import { envelope } from './envelope.ts';
import type { AppContext } from './http-app.ts';
import { networkInfo } from './network-info.ts';
import {
  binarySchema,
  envelopeSchema,
  feedSchema,
  healthSchema,
  networkInfoSchema,
  problemResponses,
} from './schemas.ts';
import type { Health, SharedPorts } from './shared-ports.ts';

const HEALTH_STATUS = { ready: 200, syncing: 206, failing: 503 } as const;

/** Health, metrics, and what the network is: the same on node and aggregator. */
export function addSharedRoutes(context: AppContext, ports: SharedPorts, chain: () => string | null): void {
  addHealthRoutes(context, ports);
  addNetworkRoutes(context, ports, chain);
}

/** /health, /ready, /live and /metrics. */
export function addHealthRoutes({ app }: AppContext, ports: Pick<SharedPorts, 'health' | 'metrics'>): void {
  const health = { tags: ['health'], response: { 200: healthSchema, 206: healthSchema, 503: healthSchema } };
  app.get('/health', { schema: { summary: '200 ready, 206 syncing, 503 failing', ...health } }, (_request, reply) => {
    const state = ports.health();
    return reply.header('cache-control', 'no-store').code(HEALTH_STATUS[state.status]).send(toJson(state));
  });
  const ready = { tags: ['health'], response: { 200: healthSchema, 503: healthSchema } };
  app.get('/ready', { schema: { summary: '503 with reasons until ready', ...ready } }, (_request, reply) => {
    const state = ports.health();
    const code = state.status === 'ready' ? 200 : 503;
    return reply.header('cache-control', 'no-store').code(code).send(toJson(state));
  });
  const live = { tags: ['health'], response: { 200: Type.Object({ status: Type.Literal('live') }) } };
  app.get('/live', { schema: { summary: 'answers while the event loop turns', ...live } }, (_request, reply) =>
    reply.header('cache-control', 'no-store').send({ status: 'live' }),
  );
  const metrics = {
    tags: ['health'],
    summary: 'Prometheus text format',
    response: { 200: { content: { 'text/plain': { schema: Type.String() } } } },
  };
  app.get('/metrics', { schema: metrics }, async (_request, reply) => {
    const { contentType, text } = await ports.metrics();
    return reply.header('cache-control', 'no-store').type(contentType).send(text);
  });
}

function addNetworkRoutes({ app }: AppContext, ports: SharedPorts, chain: () => string | null): void {
  const tags = ['network'];
  const info = { tags, response: { 200: envelopeSchema(networkInfoSchema), ...problemResponses } };
  app.get('/v1/info', { schema: { summary: 'The network and where it stands', ...info } }, (_request, reply) =>
    reply
      .header('cache-control', 'public, max-age=1')
      .send(envelope(networkInfo(ports.genesis(), ports.position(), chain()))),
  );
  const genesis = {
    tags,
    summary: 'The genesis document: its SHA-256 is the network id. `bytes` (or application/cbor) is what is hashed',
    response: {
      200: {
        content: {
          'application/json': {
            schema: envelopeSchema(
              Type.Object({
                genesis: Type.Unsafe<unknown>({ type: 'object', additionalProperties: true }),
                bytes: Type.String(),
              }),
            ),
          },
          'application/cbor': { schema: binarySchema },
        },
      },
      ...problemResponses,
    },
  };
  app.get('/v1/genesis', { schema: genesis }, (request, reply) => {
    const document = ports.genesis();
    const bytes = encodeGenesis(document);
    reply.header('cache-control', 'public, max-age=604800, immutable').header('vary', 'accept');
    if (wantsCbor(request.headers.accept)) return reply.type('application/cbor').send(Buffer.from(bytes));
    const flags = { finalized: true, anchored: false };
    return reply.type('application/json').send(envelope({ genesis: document, bytes: toBase64(bytes) }, flags));
  });
}

/** The list of feeds; the aggregator adds more to each. */
export function addFeedList({ app }: AppContext, ports: SharedPorts): void {
  const schema = { tags: ['feeds'], response: { 200: envelopeSchema(Type.Array(feedSchema)), ...problemResponses } };
  app.get('/v1/feeds', { schema: { summary: 'The feeds and their rules', ...schema } }, (_request, reply) =>
    reply.header('cache-control', 'public, max-age=10').send(envelope(ports.feeds())),
  );
}

/** @returns whether the Accept header names CBOR. */
export function wantsCbor(accept: string | undefined): boolean {
  return accept?.split(',').some((part) => part.trim().split(';', 1)[0] === 'application/cbor') ?? false;
}

function toJson(health: Health) {
  return { status: health.status, checks: [...health.checks] };
}
