import { Type } from 'typebox';
import type { AttestationPorts, Round } from './attestation-ports.ts';
import { attestationResponses, encodingQuery, sendAttestation } from './attestation-reply.ts';
import { cacheFor, cacheOf, cacheOfLatest, IMMUTABLE, NO_STORE } from './caching.ts';
import { envelope } from './envelope.ts';
import { feedOf, seriesOf } from './feed-lookup.ts';
import { roundToJson } from './feed-routes.ts';
import type { AppContext } from './http-app.ts';
import { httpError } from './problem.ts';
import { envelopeSchema, msSchema, nullable, problemResponses, storedRoundSchema } from './schemas.ts';

const ROUNDS_MAX = 500;
const ROUNDS_DEFAULT = 100;
const tags = ['rounds'];
const params = Type.Object({ feed: Type.String({ maxLength: 32 }) });
const group = Type.Optional(Type.String({ maxLength: 32, description: 'needed where the feed has groups' }));
const one = Type.Object({ group, encoding: encodingQuery }, { additionalProperties: false });
const strict = { additionalProperties: false };

/** Results with their proofs: latest, next, by window, by time; and the history. A round is named by its window's start. */
export function addRoundRoutes(context: AppContext, ports: AttestationPorts): void {
  addLatest(context, ports);
  addNext(context, ports);
  addByTime(context, ports);
  addHistory(context, ports);
}

function addLatest({ app }: AppContext, ports: AttestationPorts): void {
  const schema = { tags, summary: 'The latest round', params, querystring: one, response: attestationResponses };
  app.get('/v1/feeds/:feed/rounds/latest', { schema }, async (request, reply) => {
    const feed = feedOf(ports, request.params.feed);
    const round = known(await ports.latestRound(seriesOf(feed, request.query.group)));
    const { attestation } = round;
    const cache = cacheOfLatest({ ...round, anchored: attestation.anchor !== null }, feed);
    return sendAttestation(request, reply, { attestation, encoding: request.query.encoding, cache });
  });
}

function addNext({ app, bounds, polls }: AppContext, ports: AttestationPorts): void {
  const schema = {
    tags,
    summary: 'Waits for the first round after `after` (default: the latest); 204 when there is none in time',
    params,
    querystring: Type.Object(
      {
        group,
        encoding: encodingQuery,
        after: Type.Optional(msSchema),
        timeout: Type.Optional(Type.Integer({ minimum: 0, maximum: 600, description: 'seconds' })),
      },
      strict,
    ),
    response: { ...attestationResponses, 204: Type.Null({ description: 'none in time: ask again' }) },
  };
  app.get('/v1/feeds/:feed/rounds/next', { schema, exposeHeadRoute: false }, async (request, reply) => {
    const { group: name, encoding, timeout } = request.query;
    const series = seriesOf(feedOf(ports, request.params.feed), name);
    const after = request.query.after ?? (await ports.latestRound(series))?.result.windowStart ?? -1;
    const waitMs = timeout === undefined ? bounds.waitMs : timeout * 1000;
    const round = await polls.run(reply.raw, waitMs, (signal) => ports.awaitRound({ ...series, after, signal }));
    if (round === null) return reply.code(204).header('cache-control', NO_STORE).send();
    return sendAttestation(request, reply, { attestation: round.attestation, encoding, cache: NO_STORE });
  });
}

function addByTime({ app }: AppContext, ports: AttestationPorts): void {
  const byWindow = {
    tags,
    summary: 'The round of the window that starts at this time',
    params: Type.Object({ ...params.properties, windowStart: msSchema }),
    querystring: one,
    response: attestationResponses,
  };
  app.get('/v1/feeds/:feed/rounds/:windowStart', { schema: byWindow }, async (request, reply) => {
    const { feed, windowStart } = request.params;
    const { group: name, encoding } = request.query;
    const { attestation } = known(await ports.round({ ...seriesOf(feedOf(ports, feed), name), windowStart }));
    const cache = cacheOf(attestation.anchor !== null);
    return sendAttestation(request, reply, { attestation, encoding, cache });
  });
  const byTime = {
    tags,
    summary: 'The round whose window holds this time',
    params: Type.Object({ ...params.properties, time: msSchema }),
    querystring: one,
    response: attestationResponses,
  };
  app.get('/v1/feeds/:feed/rounds/at/:time', { schema: byTime }, async (request, reply) => {
    const { feed, time } = request.params;
    const { group: name, encoding } = request.query;
    const { attestation } = known(await ports.roundAt({ ...seriesOf(feedOf(ports, feed), name), at: time }));
    const cache = cacheOf(attestation.anchor !== null);
    return sendAttestation(request, reply, { attestation, encoding, cache });
  });
}

const historySchema = Type.Object({
  rounds: Type.Array(storedRoundSchema),
  next: nullable(Type.Integer({ description: '`to` of the next page; null: this is the last' })),
});

function addHistory({ app }: AppContext, ports: AttestationPorts): void {
  const schema = {
    tags,
    summary: 'Past rounds without proofs, newest first: from <= windowStart < to, or the one that holds `at`',
    params,
    querystring: Type.Object(
      {
        group,
        from: Type.Optional(msSchema),
        to: Type.Optional(msSchema),
        at: Type.Optional(msSchema),
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: ROUNDS_MAX })),
      },
      strict,
    ),
    response: { 200: envelopeSchema(historySchema), ...problemResponses },
  };
  app.get('/v1/feeds/:feed/rounds', { schema }, async (request, reply) => {
    const { group: name, at, from = 0, to = Number.MAX_SAFE_INTEGER, limit = ROUNDS_DEFAULT } = request.query;
    const series = seriesOf(feedOf(ports, request.params.feed), name);
    const found =
      at === undefined
        ? await ports.rounds({ ...series, from, to, limit })
        : [known(await ports.roundAt({ ...series, at }))];
    const { anchoredSize } = ports.position();
    const rounds = found.map((round) => roundToJson(round, anchoredSize));
    const last = rounds.at(-1);
    const isFull = at === undefined && rounds.length === limit && last !== undefined;
    const anchored = rounds.every((round) => round.anchored);
    // a full page of closed windows never changes; one that reaches the present does
    const isClosed = anchored && (isFull || at !== undefined) && to !== Number.MAX_SAFE_INTEGER;
    return reply
      .header('cache-control', isClosed ? IMMUTABLE : cacheFor(1))
      .send(envelope({ rounds, next: isFull ? last.result.windowStart : null }, { finalized: true, anchored }));
  });
}

function known(round: Round | null): Round {
  if (round === null) throw httpError('HTTP_ROUND_UNKNOWN', 'no certified result for this feed, group and window');
  return round;
}
