import { toBase64, toHex } from '@cairn/primitives';
import { attestationToJson, encodeAttestation } from '@cairn/protocol';
import { Type } from 'typebox';
import type { AttestationPorts, Round, Series } from './attestation-ports.ts';
import { flagsOf } from './attestation-reply.ts';
import { cacheFor } from './caching.ts';
import { envelope } from './envelope.ts';
import { feedOf, seriesOf, updateId } from './feed-lookup.ts';
import { roundToJson } from './feed-routes.ts';
import { type Cursor, cursorText, type Frame, FrameRing, isBefore } from './frame-ring.ts';
import type { AppContext } from './http-app.ts';
import { resumeFrom } from './resume.ts';
import { envelopeSchema, problemResponses, storedRoundSchema } from './schemas.ts';
import { StreamHub } from './stream-hub.ts';

const IDS_MAX = 64;
const PAGE = 64;
const END_OF_BLOCK = Number.MAX_SAFE_INTEGER;
const idsSchema = Type.Array(Type.String({ maxLength: 65 }), {
  minItems: 1,
  maxItems: IDS_MAX,
  description: 'feed, feed:group, or feed:* for all groups',
});

/** Results as they are certified, each with its attestation: server-sent events that resume, and the latest ones by id. */
export function addUpdateRoutes(context: AppContext, ports: AttestationPorts): void {
  const tip = (): Cursor => ({ height: ports.position().height, position: END_OF_BLOCK });
  const ring = new FrameRing({ framesMax: context.bounds.streamEventsMax, end: tip() });
  const older = async (after: Cursor) => (await ports.roundsAfter({ ...after, limit: PAGE })).map(toFrame);
  const hub = new StreamHub({ name: 'updates' }, { context, ring, older });
  const refresh = refresher(hub, ring, older, (error) =>
    context.observer.failed?.(error, { route: 'updates', method: 'GET' }),
  );
  const unsubscribe = ports.subscribe((event) => {
    if (event.topic === 'block') refresh();
  });
  context.app.addHook('preClose', async () => {
    unsubscribe();
    hub.stop();
  });
  addStream(context, ports, { hub, ring, tip });
  addLatest(context, ports);
}

/** Brings the ring up to the chain; calls that come while it works become one more round. */
function refresher(
  hub: StreamHub,
  ring: FrameRing,
  older: (after: Cursor) => Promise<readonly Frame[]>,
  failed: (error: unknown) => void,
): () => void {
  let isRunning = false;
  let isWanted = false;
  const run = async (): Promise<void> => {
    while (isWanted) {
      isWanted = false;
      for (let frames = await older(ring.end); frames.length > 0; frames = await older(ring.end)) hub.push(frames);
    }
  };
  return () => {
    // nobody listens: the next listener begins at the tip or loads what it missed
    if (hub.size === 0) return;
    isWanted = true;
    if (isRunning) return;
    isRunning = true;
    run()
      .catch(failed)
      .finally(() => {
        isRunning = false;
      });
  };
}

interface Parts {
  readonly hub: StreamHub;
  readonly ring: FrameRing;
  readonly tip: () => Cursor;
}

function addStream({ app }: AppContext, ports: AttestationPorts, { hub, ring, tip }: Parts): void {
  const schema = {
    tags: ['updates'],
    summary: 'Server-sent events `round`: {data: attestation, ...}. Resumes after Last-Event-ID without a gap',
    querystring: Type.Object({ 'ids[]': idsSchema }, { additionalProperties: false }),
    headers: Type.Object({ 'last-event-id': Type.Optional(Type.String({ maxLength: 40 })) }),
    response: { 200: { content: { 'text/event-stream': { schema: Type.String() } } }, ...problemResponses },
  };
  app.get('/v1/updates/stream', { schema, exposeHeadRoute: false }, (request, reply) => {
    const keys = new Set(request.query['ids[]'].map((id) => keyOf(ports, id)));
    const now = tip();
    if (hub.size === 0 && isBefore(ring.end, now)) ring.reset(now);
    hub.open(request, reply, { keys, after: resumeFrom(request.headers['last-event-id']) ?? now });
  });
}

function addLatest({ app }: AppContext, ports: AttestationPorts): void {
  const schema = {
    tags: ['updates'],
    summary: 'The latest round of each id: attestations in CBOR, and what they say',
    querystring: Type.Object(
      {
        'ids[]': idsSchema,
        encoding: Type.Optional(Type.Unsafe<'hex' | 'base64'>({ type: 'string', enum: ['hex', 'base64'] })),
        parsed: Type.Optional(Type.Boolean()),
      },
      { additionalProperties: false },
    ),
    response: {
      200: envelopeSchema(
        Type.Object({
          binary: Type.Object({ encoding: Type.String(), data: Type.Array(Type.String()) }),
          parsed: Type.Optional(Type.Array(Type.Object({ id: Type.String(), ...storedRoundSchema.properties }))),
        }),
      ),
      ...problemResponses,
    },
  };
  app.get('/v1/updates/latest', { schema }, async (request, reply) => {
    const { 'ids[]': ids, encoding = 'base64', parsed: isParsed = true } = request.query;
    const rounds: Round[] = [];
    for (const id of ids) {
      const round = await ports.latestRound(seriesById(ports, id));
      if (round !== null) rounds.push(round);
    }
    const { anchoredSize } = ports.position();
    const text = encoding === 'hex' ? toHex : toBase64;
    const data = rounds.map((round) => text(encodeAttestation(round.attestation)));
    const parsed = rounds.map((round) => ({ id: updateId(round.result), ...roundToJson(round, anchoredSize) }));
    const anchored = parsed.every((round) => round.anchored);
    return reply
      .header('cache-control', cacheFor(1))
      .send(envelope({ binary: { encoding, data }, ...(isParsed ? { parsed } : {}) }, { finalized: true, anchored }));
  });
}

/** @throws HTTP_FEED_UNKNOWN, HTTP_GROUP_MISSING */
function seriesById(ports: AttestationPorts, id: string): Series {
  const [feed = '', ...rest] = id.split(':');
  return seriesOf(feedOf(ports, feed), rest.length === 0 ? undefined : rest.join(':'));
}

function keyOf(ports: AttestationPorts, id: string): string {
  return id.endsWith(':*') ? `${feedOf(ports, id.slice(0, -2)).id}:*` : updateId(seriesById(ports, id));
}

function toFrame({ height, position, result, attestation }: Round): Frame {
  const cursor = { height, position };
  const json = JSON.stringify(envelope(attestationToJson(attestation), flagsOf(attestation)));
  return {
    cursor,
    keys: [updateId(result), `${result.feed}:*`],
    text: `event: round\nid: ${cursorText(cursor)}\ndata: ${json}\n\n`,
  };
}
