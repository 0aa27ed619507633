import { feedResultToJson } from '@cairn/protocol';
import { Type } from 'typebox';
import type { AttestationPorts, StoredRound } from './attestation-ports.ts';
import { cacheFor } from './caching.ts';
import { envelope } from './envelope.ts';
import { feedOf } from './feed-lookup.ts';
import type { AppContext } from './http-app.ts';
import { envelopeSchema, feedSchema, problemResponses, storedRoundSchema } from './schemas.ts';

const GROUPS_MAX = 500;

/** One feed, and its groups with the latest result of each. */
export function addFeedRoutes({ app }: AppContext, ports: AttestationPorts): void {
  const params = Type.Object({ feed: Type.String({ maxLength: 32 }) });
  const feed = {
    tags: ['feeds'],
    summary: 'One feed: channels, aggregates and rules',
    params,
    response: { 200: envelopeSchema(feedSchema), ...problemResponses },
  };
  app.get('/v1/feeds/:feed', { schema: feed }, (request, reply) =>
    reply.header('cache-control', cacheFor(10)).send(envelope(feedOf(ports, request.params.feed))),
  );
  const groups = {
    tags: ['feeds'],
    summary: "The feed's groups in order of their names, each with its latest result (without proof)",
    params,
    querystring: Type.Object(
      {
        after: Type.Optional(Type.String({ maxLength: 32 })),
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: GROUPS_MAX })),
      },
      { additionalProperties: false },
    ),
    response: {
      200: envelopeSchema(
        Type.Array(Type.Object({ group: Type.String(), results: Type.Integer(), latest: storedRoundSchema })),
      ),
      ...problemResponses,
    },
  };
  app.get('/v1/feeds/:feed/groups', { schema: groups }, async (request, reply) => {
    const { id } = feedOf(ports, request.params.feed);
    const { after = null, limit = GROUPS_MAX } = request.query;
    const found = await ports.groups({ feed: id, afterGroup: after, limit });
    const { anchoredSize } = ports.position();
    const data = found.map(({ group, results, latest }) => ({
      group,
      results,
      latest: roundToJson(latest, anchoredSize),
    }));
    return reply.header('cache-control', cacheFor(1)).send(envelope(data));
  });
}

/** A result with its place, without proof. */
export function roundToJson({ height, position, result }: StoredRound, anchoredSize: number) {
  return { height, position, anchored: height < anchoredSize, result: feedResultToJson(result) };
}
