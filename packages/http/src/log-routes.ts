import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { ArchivedCheckpoint, AttestationPorts } from './attestation-ports.ts';
import { cacheFor, cacheOf, IMMUTABLE } from './caching.ts';
import { envelope } from './envelope.ts';
import type { AppContext } from './http-app.ts';
import { httpError } from './problem.ts';
import { envelopeSchema, hashSchema, heightSchema, msSchema, nullable, problemResponses } from './schemas.ts';

const ANCHORS_MAX = 200;
const checkpointSchema = Type.Object({
  treeSize: Type.Integer(),
  root: hashSchema,
  headerHash: hashSchema,
  note: Type.String({ description: 'the signed note, byte for byte' }),
});
const consistencySchema = Type.Object({
  firstSize: Type.Integer(),
  firstRoot: hashSchema,
  secondSize: Type.Integer(),
  secondRoot: hashSchema,
  proof: Type.Array(hashSchema, { description: 'RFC 9162 section 2.1.4' }),
});
const anchorSchema = Type.Object({
  transaction: Type.String(),
  chain: Type.String(),
  status: Type.String(),
  treeSize: Type.Integer(),
  root: hashSchema,
  headerHash: hashSchema,
  note: Type.String(),
  slot: nullable(Type.Integer()),
  blockTime: nullable(Type.Integer()),
  submittedAt: msSchema,
  attempt: Type.Integer(),
  feeLamports: Type.Integer(),
});

/** The log: checkpoints, proofs that history was not rewritten, and anchors. */
export function addLogRoutes(context: AppContext, ports: AttestationPorts): void {
  addCheckpoints(context, ports);
  addConsistency(context, ports);
  addAnchors(context, ports);
}

const noteQuery = Type.Object(
  { encoding: Type.Optional(Type.Unsafe<'json' | 'note'>({ type: 'string', enum: ['json', 'note'] })) },
  { additionalProperties: false },
);

function addCheckpoints({ app }: AppContext, ports: AttestationPorts): void {
  const base = {
    tags: ['log'],
    querystring: noteQuery,
    response: {
      200: {
        content: {
          'application/json': { schema: envelopeSchema(checkpointSchema) },
          'text/plain': { schema: Type.String() },
        },
      },
      ...problemResponses,
    },
  };
  const latest = {
    ...base,
    summary: 'The latest checkpoint; as a bare note with ?encoding=note or Accept: text/plain',
  };
  app.get('/v1/checkpoints/latest', { schema: latest }, async (request, reply) => {
    const found = known(await ports.checkpoint(null));
    const anchored = found.treeSize <= ports.position().anchoredSize;
    const { encoding } = request.query;
    return sendCheckpoint(request, reply, { found, encoding, anchored, cache: cacheFor(1) });
  });
  const sized = { ...base, summary: 'The checkpoint of this tree size', params: Type.Object({ size: heightSchema }) };
  app.get('/v1/checkpoints/:size', { schema: sized }, async (request, reply) => {
    const found = known(await ports.checkpoint(request.params.size));
    const anchored = found.treeSize <= ports.position().anchoredSize;
    const { encoding } = request.query;
    return sendCheckpoint(request, reply, { found, encoding, anchored, cache: cacheOf(anchored) });
  });
}

/** The note alone for whoever asks for plain text, else the envelope. */
function sendCheckpoint(
  request: FastifyRequest,
  reply: FastifyReply,
  { found, encoding, anchored, cache }: CheckpointReply,
): FastifyReply {
  reply.header('cache-control', cache).header('vary', 'accept');
  const isNote = encoding === 'note' || (encoding === undefined && request.headers.accept?.startsWith('text/plain'));
  if (isNote) return reply.type('text/plain; charset=utf-8').send(found.note);
  return reply.type('application/json').send(envelope(found, { finalized: true, anchored }));
}

interface CheckpointReply {
  readonly found: ArchivedCheckpoint;
  readonly encoding: 'json' | 'note' | undefined;
  readonly anchored: boolean;
  readonly cache: string;
}

function known(checkpoint: ArchivedCheckpoint | null): ArchivedCheckpoint {
  if (checkpoint === null) throw httpError('HTTP_CHECKPOINT_UNKNOWN', 'no checkpoint of this size here');
  return checkpoint;
}

function addConsistency({ app }: AppContext, ports: AttestationPorts): void {
  const size = Type.Integer({ minimum: 1 });
  const schema = {
    tags: ['log'],
    summary: 'Proof that the log of size `from` is a prefix of that of size `to` (default: the latest)',
    querystring: Type.Object({ from: size, to: Type.Optional(size) }, { additionalProperties: false }),
    response: { 200: envelopeSchema(consistencySchema), ...problemResponses },
  };
  app.get('/v1/consistency', { schema }, async (request, reply) => {
    const { from, to } = request.query;
    const { height, anchoredSize } = ports.position();
    const secondSize = to ?? height + 1;
    const proof = from > secondSize ? null : await ports.consistency({ firstSize: from, secondSize });
    if (proof === null) throw httpError('HTTP_SIZES_INVALID', `the log has ${height + 1} headers`);
    return reply
      .header('cache-control', to === undefined ? cacheFor(1) : IMMUTABLE)
      .send(envelope(proof, { finalized: true, anchored: secondSize <= anchoredSize }));
  });
}

function addAnchors({ app }: AppContext, ports: AttestationPorts): void {
  const schema = {
    tags: ['log'],
    summary: 'Anchors, the largest tree first',
    querystring: Type.Object(
      {
        below: Type.Optional(Type.Integer({ minimum: 1, description: 'only trees smaller than this' })),
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: ANCHORS_MAX })),
      },
      { additionalProperties: false },
    ),
    response: { 200: envelopeSchema(Type.Array(anchorSchema)), ...problemResponses },
  };
  app.get('/v1/anchors', { schema }, async (request, reply) => {
    const { below = Number.MAX_SAFE_INTEGER, limit = 50 } = request.query;
    const anchors = await ports.anchors({ below, limit });
    return reply.header('cache-control', cacheFor(1)).send(envelope(anchors));
  });
}
