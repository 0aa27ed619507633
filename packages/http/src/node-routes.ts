import { toHash } from '@cairn/primitives';
import { Type } from 'typebox';
import { envelope } from './envelope.ts';
import type { AppContext } from './http-app.ts';
import type { NodePorts } from './node-ports.ts';
import { httpError } from './problem.ts';
import {
  binarySchema,
  envelopeSchema,
  hashSchema,
  heightSchema,
  keySchema,
  msSchema,
  nullable,
  problemResponses,
  reportFateSchema,
} from './schemas.ts';
import { encodeSyncBlocks, SYNC_CONTENT_TYPE } from './sync-blocks.ts';

const statusSchema = Type.Object({
  member: Type.Integer(),
  name: Type.String(),
  height: heightSchema,
  view: Type.Integer(),
  epoch: Type.Integer(),
  blockTime: msSchema,
  isSyncing: Type.Boolean(),
  halted: nullable(Type.String()),
  snapshotHeight: nullable(
    Type.Integer({ description: 'block of the snapshot that the node began with; null: it executed every block' }),
  ),
  pendingItems: Type.Integer(),
  startedAt: msSchema,
  members: Type.Array(
    Type.Object({
      index: Type.Integer(),
      name: Type.String(),
      identityKey: keySchema,
      isConnected: Type.Boolean(),
      lastVotedHeight: nullable(Type.Integer()),
      votes: Type.Object({ present: Type.Integer(), window: Type.Integer() }),
    }),
  ),
});

/** State of the member, fate of reports, and certified blocks for followers. */
export function addNodeRoutes(context: AppContext, ports: NodePorts): void {
  const { app } = context;
  const status = { tags: ['network'], response: { 200: envelopeSchema(statusSchema), ...problemResponses } };
  app.get(
    '/v1/status',
    { schema: { summary: 'This member, its peers, who takes part', ...status } },
    (_request, reply) => reply.header('cache-control', 'no-store').send(envelope(ports.status())),
  );
  const fate = {
    tags: ['intake'],
    summary: 'Fate of a report by its id (SHA-256 of its bytes)',
    params: Type.Object({ id: hashSchema }),
    response: { 200: envelopeSchema(reportFateSchema), ...problemResponses },
  };
  app.get('/v1/reports/:id', { schema: fate }, async (request, reply) => {
    const { id } = request.params;
    const known = await ports.reportFate(toHash(id));
    const finalized = known.status === 'certified';
    return reply.header('cache-control', 'no-store').send(envelope({ id, ...known }, { finalized, anchored: false }));
  });
  addSyncRoute(context, ports);
}

function addSyncRoute({ app, bounds, polls }: AppContext, ports: NodePorts): void {
  const schema = {
    tags: ['sync'],
    summary:
      'Certified blocks with their batches: CBOR [[certified block, [batch ...]] ...], empty when the wait ends first',
    querystring: Type.Object(
      {
        from: Type.Integer({ minimum: 1 }),
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: bounds.syncBlocksMax })),
        wait: Type.Optional(Type.Integer({ minimum: 0, maximum: 600, description: 'seconds' })),
      },
      { additionalProperties: false },
    ),
    response: { 200: { content: { [SYNC_CONTENT_TYPE]: { schema: binarySchema } } }, ...problemResponses },
  };
  app.get('/v1/sync/blocks', { schema, exposeHeadRoute: false }, async (request, reply) => {
    const { from, limit = bounds.syncBlocksMax, wait = 0 } = request.query;
    const blocks = await polls.run(reply.raw, wait * 1000, (signal) =>
      ports.syncBlocks({ from, limit, bytesMax: bounds.syncBytesMax, signal }),
    );
    if (blocks === null) throw httpError('HTTP_BLOCK_UNKNOWN', `block ${from} is kept here no more`);
    return (
      reply
        .header('cache-control', 'no-store')
        // what this node has: a hint that nobody has to believe
        .header('cairn-height', ports.position().height)
        .type(SYNC_CONTENT_TYPE)
        .send(Buffer.from(encodeSyncBlocks(blocks)))
    );
  });
}
