import type { Hash } from '@cairn/primitives';
import { attestationToJson, ITEM_BYTES_MAX, REPORT_BYTES_MAX } from '@cairn/protocol';
import { Type } from 'typebox';
import { envelope } from './envelope.ts';
import type { AppContext } from './http-app.ts';
import type { NodePorts, Verdict } from './node-ports.ts';
import { readItem, readReports } from './report-body.ts';
import { attestationSchema, envelopeSchema, hashSchema, heightSchema, problemResponses } from './schemas.ts';

const base64Max = (bytes: number): number => 4 * Math.ceil(bytes / 3);
const verdictSchema = Type.Object({
  id: hashSchema,
  status: Type.Unsafe<string>({ type: 'string', enum: ['accepted', 'refused', 'certified'] }),
  code: Type.Optional(Type.String({ description: 'why it was refused' })),
  detail: Type.Optional(Type.String()),
  height: Type.Optional(heightSchema),
  attestation: Type.Optional(attestationSchema),
});
const verdictsSchema = envelopeSchema(Type.Object({ reports: Type.Array(verdictSchema) }));
const waitSchema = Type.Object(
  {
    wait: Type.Optional(Type.Literal('certified')),
    timeout: Type.Optional(Type.Integer({ minimum: 0, maximum: 600, description: 'seconds' })),
  },
  { additionalProperties: false },
);
const reportsJson = Type.Object(
  { reports: Type.Array(Type.String({ maxLength: base64Max(REPORT_BYTES_MAX) }), { minItems: 1 }) },
  { additionalProperties: false },
);
const itemJson = Type.Object(
  { item: Type.String({ maxLength: base64Max(ITEM_BYTES_MAX) }) },
  { additionalProperties: false },
);

function bodyOf<T>(json: T) {
  return { content: { 'application/json': { schema: json }, 'application/cbor': { schema: {} } } };
}

/** Reports, registrations and revocations come in here. Answered only after they are durable. */
export function addIntakeRoutes(context: AppContext, ports: NodePorts): void {
  const { app } = context;
  app.addContentTypeParser(
    ['application/cbor', 'application/cose'],
    { parseAs: 'buffer' },
    (_request, body: Buffer, done) => done(null, new Uint8Array(body.buffer, body.byteOffset, body.byteLength)),
  );
  addReportIntake(context, ports);
  addItemIntake(context, 'registrations', (bytes) => ports.submitRegistration(bytes));
  addItemIntake(context, 'revocations', (bytes) => ports.submitRevocation(bytes));
}

function addReportIntake({ app, bounds, polls }: AppContext, ports: NodePorts): void {
  const schema = {
    tags: ['intake'],
    summary: 'One COSE_Sign1 report, a CBOR array of them in byte strings, or JSON {"reports": [base64]}',
    querystring: waitSchema,
    body: bodyOf(reportsJson),
    response: { 200: verdictsSchema, 202: verdictsSchema, ...problemResponses },
  };
  app.post('/v1/reports', { schema }, async (request, reply) => {
    const verdicts = await ports.submitReports(readReports(request.body, bounds));
    reply.header('cache-control', 'no-store');
    const { wait, timeout } = request.query;
    const accepted = verdicts.filter((verdict) => verdict.status === 'accepted').map((verdict) => verdict.id);
    if (wait === undefined || accepted.length === 0) return reply.code(202).send(envelope({ reports: [...verdicts] }));
    const waitMs = timeout === undefined ? bounds.waitMs : timeout * 1000;
    const fates = await polls.run(reply.raw, waitMs, (signal) => ports.awaitCertified(accepted, signal));
    const reports = mergeFates(verdicts, new Map(accepted.map((id, i) => [id, fates[i]])));
    const isDone = reports.every((report) => report.status !== 'accepted');
    return reply.code(isDone ? 200 : 202).send(envelope({ reports }, { finalized: isDone, anchored: false }));
  });
}

type Fate = Awaited<ReturnType<NodePorts['awaitCertified']>>[number];

function mergeFates(verdicts: readonly Verdict[], fates: ReadonlyMap<Hash, Fate | undefined>) {
  return verdicts.map((verdict) => {
    const known = fates.get(verdict.id);
    if (verdict.status === 'refused' || known?.fate.status !== 'certified') return verdict;
    const { height, code } = known.fate;
    // a report that execution refused stands in a block, with the code that says why
    if (code !== 'accepted') return { id: verdict.id, status: 'refused' as const, code, height };
    const attestation = known.attestation === null ? {} : { attestation: attestationToJson(known.attestation) };
    return { id: verdict.id, status: 'certified' as const, height, ...attestation };
  });
}

function addItemIntake({ app }: AppContext, name: string, submit: (bytes: Uint8Array) => Promise<Verdict>): void {
  const schema = {
    tags: ['intake'],
    summary: `One signed item for ${name}: its CBOR bytes, or JSON {"item": base64}`,
    body: bodyOf(itemJson),
    response: { 202: envelopeSchema(verdictSchema), ...problemResponses },
  };
  app.post(`/v1/${name}`, { schema, bodyLimit: 2 * ITEM_BYTES_MAX }, async (request, reply) => {
    const verdict = await submit(readItem(request.body));
    return reply
      .code(202)
      .header('cache-control', 'no-store')
      .send(envelope({ ...verdict }));
  });
}
