import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { CairnError } from '@cairn/primitives';
import Fastify, {
  type ConnectionError,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifyTypeProvider,
  type RawServerDefault,
} from 'fastify';
import type { Static, TSchema } from 'typebox';
import { COMMON_HEADERS } from './common-headers.ts';
import type { HttpErrorCode } from './errors.ts';
import { LongPolls } from './long-poll.ts';
import type { HttpObserver } from './observer.ts';
import { defaultHttpBounds, type HttpBounds, type HttpServerOptions } from './options.ts';
import { httpError, isInternal, PROBLEM_CONTENT_TYPE, type Problem, problemOf, toProblem } from './problem.ts';
import { ResponseDeadlines } from './response-deadlines.ts';
import { RouteTable } from './route-table.ts';
import { clientOf, TokenBuckets } from './token-bucket.ts';

/**
 * Requests are typed by their schemas. Responses are not: a test compares each one with the OpenAPI document instead,
 * which also sees what the types would not.
 */
interface RequestTypes extends FastifyTypeProvider {
  readonly validator: this['schema'] extends TSchema ? Static<this['schema']> : unknown;
  readonly serializer: unknown;
}

export type App = FastifyInstance<RawServerDefault, IncomingMessage, ServerResponse, FastifyBaseLogger, RequestTypes>;

/** What routes are built from. */
export interface AppContext {
  readonly app: App;
  readonly bounds: HttpBounds;
  readonly observer: HttpObserver;
  readonly deadlines: ResponseDeadlines;
  readonly polls: LongPolls;
}

/** A server that is ready to be started. */
export interface HttpServer {
  /** Listens. @returns its URL, with the port that it got. @throws HTTP_LISTEN_INVALID */
  start(): Promise<string>;
  /** Ends waits, streams and connections. More than once is fine. */
  stop(): Promise<void>;
}

const HEADERS_COUNT_MAX = 64;
/** How long a client that was told off for its body may go on sending it. */
const LINGER_MS = 500;

/** fastify with our bounds, errors, limits and observer; routes are added by the caller. */
export function createApp(options: HttpServerOptions, observer: HttpObserver): AppContext {
  const bounds: HttpBounds = { ...defaultHttpBounds, ...options.bounds };
  const app = Fastify({
    logger: false,
    bodyLimit: bounds.bodyBytesMax,
    connectionTimeout: bounds.connectionIdleMs,
    requestTimeout: bounds.requestTimeoutMs,
    keepAliveTimeout: bounds.keepAliveMs,
    maxRequestsPerSocket: bounds.requestsPerConnectionMax,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 128 },
    ajv: { customOptions: { removeAdditional: false, coerceTypes: 'array' } },
    http: {
      maxHeaderSize: bounds.headerBytesMax,
      headersTimeout: bounds.headersTimeoutMs,
      connectionsCheckingInterval: Math.min(1000, bounds.headersTimeoutMs),
    },
    clientErrorHandler: refuseConnection,
    frameworkErrors: (error, _request, reply) => sendProblem(reply as unknown as FastifyReply, toProblem(error)),
  }).withTypeProvider<RequestTypes>();
  app.server.maxConnections = bounds.connectionsMax;
  app.server.maxHeadersCount = HEADERS_COUNT_MAX;
  app.removeContentTypeParser(['text/plain']);

  const deadlines = new ResponseDeadlines();
  const context = { app, bounds, observer, deadlines, polls: new LongPolls(bounds, { deadlines }) };
  limitRate(context);
  observeRequests(context);
  answerErrors(context);
  app.addHook('preClose', async () => context.polls.stop());
  app.addHook('onClose', async () => deadlines.stop());
  return context;
}

/** Makes a server of an app whose routes are all there. */
export function toServer({ app }: AppContext, options: HttpServerOptions): HttpServer {
  const { host = '127.0.0.1', port = 0 } = options;
  return {
    start: async () => {
      try {
        return await app.listen({ host, port });
      } catch (cause) {
        throw new CairnError('HTTP_LISTEN_INVALID', `cannot listen on ${host}:${port}`, { host, port }, { cause });
      }
    },
    stop: () => app.close(),
  };
}

function limitRate({ app, bounds, observer }: AppContext): void {
  const { rate } = bounds;
  if (rate === null) return;
  const buckets = new TokenBuckets(rate);
  app.addHook('onRequest', async (request, reply) => {
    const waitMs = buckets.take(clientOf(request.socket.remoteAddress), performance.now());
    if (waitMs === 0) return;
    observer.rateLimited?.();
    reply.header('retry-after', Math.ceil(waitMs / 1000));
    throw httpError('HTTP_RATE_EXCEEDED', `${rate.perSecond} requests per second are allowed`);
  });
}

/** What a request counts as that ended before its answer was read, in the manner of nginx. */
const STATUS_CUT_OFF = 499;

function observeRequests({ app, bounds, observer, deadlines }: AppContext): void {
  app.addHook('onRequest', async (request, reply) => {
    for (const [name, value] of Object.entries(COMMON_HEADERS)) reply.header(name, value);
    // not the onResponse hook: it does not run for an answer that was cut off
    reply.raw.once('close', () => {
      // streams last as long as they like, and are told of apart
      if (!deadlines.has(reply.raw)) return;
      const status = reply.raw.writableFinished ? reply.statusCode : STATUS_CUT_OFF;
      observer.requestDone?.({ ...routeOf(request), status, durationMs: reply.elapsedTime });
    });
    deadlines.set(reply.raw, bounds.requestTimeoutMs + bounds.responseTimeoutMs);
  });
}

function answerErrors({ app, observer }: AppContext): void {
  const routes = new RouteTable();
  app.addHook('onRoute', (route) => routes.add(route.method, route.url));
  app.setErrorHandler((error, request, reply) => {
    const problem = toProblem(error);
    if (isInternal(problem)) observer.failed?.(error, routeOf(request));
    if (problem.status === 503) reply.header('retry-after', 1);
    if (!request.raw.complete) endConnection(request, reply);
    return sendProblem(reply, problem);
  });
  app.setNotFoundHandler((request, reply) => {
    const allowed = routes.methodsOf(request.url);
    if (request.method === 'OPTIONS' && allowed.length > 0) return answerPreflight(reply, allowed);
    if (allowed.length === 0) return sendProblem(reply, problemOf('HTTP_ROUTE_UNKNOWN'));
    reply.header('allow', allowed.join(', '));
    return sendProblem(reply, problemOf('HTTP_METHOD_INVALID'));
  });
}

/** Any page may read and post: nothing here depends on cookies, so there is nothing that a foreign page could borrow. */
function answerPreflight(reply: FastifyReply, allowed: readonly string[]): FastifyReply {
  return reply
    .code(204)
    .header('access-control-allow-methods', allowed.join(', '))
    .header('access-control-allow-headers', 'content-type, if-none-match, last-event-id')
    .header('access-control-max-age', 86_400)
    .send();
}

/** A body that was refused before its end must not go on arriving for as long as its sender likes. */
function endConnection(request: FastifyRequest, reply: FastifyReply): void {
  const { socket } = request;
  reply.raw.once('finish', () => {
    setTimeout(() => {
      if (!request.raw.complete) socket.destroy();
    }, LINGER_MS).unref();
  });
}

function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  return reply
    .code(problem.status)
    .header('cache-control', 'no-store')
    .type(PROBLEM_CONTENT_TYPE)
    .serializer(JSON.stringify)
    .send(problem);
}

/** Answers what never became a request, on the bare socket. */
function refuseConnection(error: ConnectionError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem = problemOf(connectionErrorCode(error.code));
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    `content-type: ${PROBLEM_CONTENT_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}

function connectionErrorCode(code: string): HttpErrorCode {
  if (code === 'HPE_HEADER_OVERFLOW') return 'HTTP_HEADERS_EXCEEDED';
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'HTTP_REQUEST_TIMEOUT';
  return 'HTTP_REQUEST_MALFORMED';
}

function routeOf(request: FastifyRequest): { readonly route: string; readonly method: string } {
  return { route: request.routeOptions.url ?? 'none', method: request.method };
}
