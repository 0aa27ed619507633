import { toBase64, toHash } from '@cairn/primitives';
import { decodeEvidence, EVIDENCE_KINDS, evidenceToJson } from '@cairn/protocol';
import { Type } from 'typebox';
import { encodingQuery } from './attestation-reply.ts';
import { cacheFor, cacheOf } from './caching.ts';
import { envelope } from './envelope.ts';
import type { AppContext } from './http-app.ts';
import { httpError } from './problem.ts';
import { base64Schema, binarySchema, envelopeSchema, hashSchema, heightSchema, problemResponses } from './schemas.ts';
import type { EvidenceEntry, SharedPorts } from './shared-ports.ts';
import { wantsCbor } from './shared-routes.ts';

const PAGE_MAX = 100;
const entrySchema = Type.Object({
  id: hashSchema,
  member: Type.Integer({ description: 'who is convicted' }),
  kind: Type.Unsafe<string>({ type: 'string', enum: [...EVIDENCE_KINDS] }),
  height: heightSchema,
  bytes: base64Schema,
});
const documentSchema = Type.Object({
  ...entrySchema.properties,
  evidence: Type.Unsafe<unknown>({ type: 'object', additionalProperties: true }),
});

/** Proven misbehaviour of members. It stands by itself: `cairn evidence verify` judges it again. */
export function addEvidenceRoutes(context: AppContext, ports: SharedPorts, anchoredSize: () => number): void {
  const flagsOf = ({ height }: EvidenceEntry) => ({ finalized: true, anchored: height < anchoredSize() });
  addList(context, ports);
  addDocument(context, ports, flagsOf);
}

function addList({ app }: AppContext, ports: SharedPorts): void {
  const schema = {
    tags: ['network'],
    summary: 'Proven misbehaviour of members, the newest first',
    querystring: Type.Object(
      {
        before: Type.Optional(
          Type.String({ pattern: '^[0-9a-f]{64}$', description: 'id of the last one of the page before' }),
        ),
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: PAGE_MAX })),
      },
      { additionalProperties: false },
    ),
    response: { 200: envelopeSchema(Type.Array(entrySchema)), ...problemResponses },
  };
  app.get('/v1/evidence', { schema }, async (request, reply) => {
    const { before, limit = 50 } = request.query;
    const page = await ports.evidence({ before: before === undefined ? null : toHash(before), limit });
    const entries = page.map((entry) => ({ ...entry, bytes: toBase64(entry.bytes) }));
    return reply.header('cache-control', cacheFor(1)).send(envelope(entries, { finalized: true, anchored: false }));
  });
}

function addDocument(
  { app }: AppContext,
  ports: SharedPorts,
  flagsOf: (entry: EvidenceEntry) => { readonly finalized: boolean; readonly anchored: boolean },
): void {
  const schema = {
    tags: ['network'],
    summary: 'One piece of evidence, in full; ?encoding=cbor or Accept: application/cbor gives its bytes alone',
    params: Type.Object({ id: hashSchema }),
    querystring: Type.Object({ encoding: encodingQuery }, { additionalProperties: false }),
    response: {
      200: {
        content: {
          'application/json': { schema: envelopeSchema(documentSchema) },
          'application/cbor': { schema: binarySchema },
        },
      },
      ...problemResponses,
    },
  };
  app.get('/v1/evidence/:id', { schema }, async (request, reply) => {
    const { encoding } = request.query;
    const entry = await ports.evidenceById(toHash(request.params.id));
    if (entry === null) throw httpError('HTTP_EVIDENCE_UNKNOWN', 'no evidence of this id here');
    const flags = flagsOf(entry);
    reply.header('cache-control', cacheOf(flags.anchored)).header('vary', 'accept');
    if (encoding === 'cbor' || (encoding === undefined && wantsCbor(request.headers.accept))) {
      return reply.type('application/cbor').send(Buffer.from(entry.bytes));
    }
    const evidence = evidenceToJson(decodeEvidence(entry.bytes));
    const document = { ...entry, bytes: toBase64(entry.bytes), evidence };
    return reply.type('application/json').send(envelope(document, flags));
  });
}
