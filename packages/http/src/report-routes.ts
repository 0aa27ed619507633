import { toHash } from '@cairn/primitives';
import { Type } from 'typebox';
import type { AttestationPorts } from './attestation-ports.ts';
import { attestationResponses, encodingQuery, sendAttestation } from './attestation-reply.ts';
import { cacheFor, cacheOf } from './caching.ts';
import { envelope } from './envelope.ts';
import type { AppContext } from './http-app.ts';
import { httpError } from './problem.ts';
import { envelopeSchema, hashSchema, problemResponses, reportFateSchema } from './schemas.ts';

/** What became of a device's report, and the proof that it was accepted. */
export function addReportRoutes({ app }: AppContext, ports: AttestationPorts): void {
  const params = Type.Object({ id: hashSchema });
  const fate = {
    tags: ['reports'],
    summary: 'Fate of a report by its id (SHA-256 of its bytes); pending ones are known to the nodes only',
    params,
    response: { 200: envelopeSchema(reportFateSchema), ...problemResponses },
  };
  app.get('/v1/reports/:id', { schema: fate }, async (request, reply) => {
    const { id } = request.params;
    const known = await ports.reportFate(toHash(id));
    const finalized = known.status === 'certified';
    const anchored = known.status === 'certified' && known.height < ports.position().anchoredSize;
    return reply
      .header('cache-control', finalized ? cacheOf(anchored) : cacheFor(1))
      .send(envelope({ id, ...known }, { finalized, anchored }));
  });
  const proof = {
    tags: ['reports'],
    summary: 'The attestation of an accepted report',
    params,
    querystring: Type.Object({ encoding: encodingQuery }, { additionalProperties: false }),
    response: attestationResponses,
  };
  app.get('/v1/reports/:id/proof', { schema: proof }, async (request, reply) => {
    const id = toHash(request.params.id);
    const attestation = await ports.reportAttestation(id);
    if (attestation === null) throw httpError('HTTP_REPORT_UNKNOWN', await whyNot(ports, id));
    const cache = cacheOf(attestation.anchor !== null);
    return sendAttestation(request, reply, { attestation, encoding: request.query.encoding, cache });
  });
}

async function whyNot(ports: AttestationPorts, id: ReturnType<typeof toHash>): Promise<string> {
  const fate = await ports.reportFate(id);
  if (fate.status !== 'certified') return 'no certified block that is held here has it';
  return fate.code === 'accepted'
    ? `its block ${fate.height} was pruned here`
    : `block ${fate.height} refused it: ${fate.code}`;
}
