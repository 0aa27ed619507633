import { Type } from 'typebox';
import { type ApiEvent, type AttestationPorts, EVENT_TOPICS, type EventTopic } from './attestation-ports.ts';
import { type Cursor, cursorText, FrameRing } from './frame-ring.ts';
import type { AppContext } from './http-app.ts';
import { httpError } from './problem.ts';
import { resumeFrom } from './resume.ts';
import { problemResponses } from './schemas.ts';
import { StreamHub } from './stream-hub.ts';

/** What happens, as server-sent events: small, without proofs. */
export function addEventRoutes(context: AppContext, ports: AttestationPorts): void {
  // Events are counted anew with every start; the start's time stands in for a height, so that ids go on ascending.
  let last: Cursor = { height: Date.now(), position: 0 };
  const ring = new FrameRing({ framesMax: context.bounds.streamEventsMax, end: last });
  const hub = new StreamHub({ name: 'events' }, { context, ring, older: null });
  const unsubscribe = ports.subscribe((event) => {
    last = { height: last.height, position: last.position + 1 };
    hub.push([{ cursor: last, keys: [event.topic], text: frameText(last, event) }]);
  });
  context.app.addHook('preClose', async () => {
    unsubscribe();
    hub.stop();
  });
  const schema = {
    tags: ['updates'],
    summary: `Server-sent events of the topics ${EVENT_TOPICS.join(', ')} (comma-separated; default all)`,
    querystring: Type.Object(
      { topics: Type.Optional(Type.String({ maxLength: 100 })) },
      { additionalProperties: false },
    ),
    headers: Type.Object({ 'last-event-id': Type.Optional(Type.String({ maxLength: 40 })) }),
    response: { 200: { content: { 'text/event-stream': { schema: Type.String() } } }, ...problemResponses },
  };
  context.app.get('/v1/events', { schema, exposeHeadRoute: false }, (request, reply) => {
    const keys = new Set<string>(topicsOf(request.query.topics));
    hub.open(request, reply, { keys, after: resumeFrom(request.headers['last-event-id']) ?? last });
  });
}

function frameText(cursor: Cursor, { topic, ...data }: ApiEvent): string {
  return `event: ${topic}\nid: ${cursorText(cursor)}\ndata: ${JSON.stringify(data)}\n\n`;
}

function topicsOf(text: string | undefined): readonly EventTopic[] {
  if (text === undefined) return EVENT_TOPICS;
  const topics = text.split(',');
  if (!topics.every((topic): topic is EventTopic => (EVENT_TOPICS as readonly string[]).includes(topic))) {
    throw httpError('HTTP_REQUEST_INVALID', `topics are ${EVENT_TOPICS.join(', ')}`);
  }
  return topics;
}
