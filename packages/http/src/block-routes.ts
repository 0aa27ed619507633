import { toBase64 } from '@cairn/primitives';
import { decodeHeader, feedResultToJson } from '@cairn/protocol';
import { Type } from 'typebox';
import type { ArchivedBlock, AttestationPorts } from './attestation-ports.ts';
import { cacheFor, cacheOf } from './caching.ts';
import { envelope } from './envelope.ts';
import type { AppContext } from './http-app.ts';
import { httpError } from './problem.ts';
import {
  base64Schema,
  envelopeSchema,
  feedResultSchema,
  hashSchema,
  heightSchema,
  msSchema,
  nullable,
  problemResponses,
} from './schemas.ts';

const headerSchema = Type.Object({
  version: Type.Integer(),
  parentHash: hashSchema,
  parentCertificateHash: hashSchema,
  batchesRoot: hashSchema,
  receiptsRoot: hashSchema,
  reportsRoot: hashSchema,
  resultsRoot: hashSchema,
  stateHash: hashSchema,
  previousLogRoot: hashSchema,
  committeeHash: hashSchema,
});

const blockSchema = Type.Object({
  height: heightSchema,
  hash: hashSchema,
  time: msSchema,
  leader: Type.Integer(),
  epoch: Type.Integer(),
  view: nullable(Type.Integer({ description: 'in which it was certified; null at height 0 and once pruned' })),
  voters: nullable(Type.Array(Type.Integer())),
  batchIds: nullable(Type.Array(hashSchema)),
  receipts: nullable(Type.Record(Type.String(), Type.Integer(), { description: 'items by receipt code' })),
  header: base64Schema,
  fields: headerSchema,
  checkpoint: nullable(Type.String()),
  results: Type.Array(feedResultSchema),
});

const participationSchema = Type.Object({
  window: Type.Integer(),
  members: Type.Array(
    Type.Object({
      index: Type.Integer(),
      name: Type.String(),
      votes: Type.Integer(),
      lastVotedHeight: nullable(Type.Integer()),
    }),
  ),
});

/** Certified blocks by height, and who took part in them. */
export function addBlockRoutes({ app }: AppContext, ports: AttestationPorts): void {
  const schema = {
    tags: ['log'],
    summary: 'A certified block: header, checkpoint, votes, results',
    params: Type.Object({ height: heightSchema }),
    response: { 200: envelopeSchema(blockSchema), ...problemResponses },
  };
  app.get('/v1/blocks/:height', { schema }, async (request, reply) => {
    const { height } = request.params;
    const block = await ports.block(height);
    if (block === null) throw httpError('HTTP_BLOCK_UNKNOWN', `no certified block of height ${height} here`);
    const anchored = height < ports.position().anchoredSize;
    return reply
      .header('cache-control', cacheOf(anchored))
      .send(envelope(blockToJson(block), { finalized: true, anchored }));
  });
  const participation = {
    tags: ['network'],
    summary: 'Votes of each member at the last heights, in certificates or brought in by credits',
    response: { 200: envelopeSchema(participationSchema), ...problemResponses },
  };
  app.get('/v1/participation', { schema: participation }, (_request, reply) => {
    const { members } = ports.genesis();
    const { window, members: votes } = ports.participation();
    const named = votes.map((each) => ({ ...each, name: members[each.index]?.name ?? '' }));
    return reply.header('cache-control', cacheFor(1)).send(envelope({ window, members: named }));
  });
}

function blockToJson({ header, hash, certified, note, results, receipts }: ArchivedBlock) {
  const fields = decodeHeader(header);
  return {
    height: fields.height,
    hash,
    time: fields.time,
    leader: fields.leader,
    epoch: fields.epoch,
    view: certified?.certificate.view ?? null,
    voters: certified?.certificate.votes.map((vote) => vote.member) ?? null,
    batchIds: certified?.block.batchIds ?? null,
    receipts,
    header: toBase64(header),
    fields,
    checkpoint: note,
    results: results.map(feedResultToJson),
  };
}
