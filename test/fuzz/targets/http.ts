import { type Rng, toBase64, utf8 } from '@cairn/primitives';
import { encodeCanonical } from '@cairn/protocol';
import { mutateBytes } from '../inputs/mutate-bytes.ts';
import { mutateText } from '../inputs/mutate-text.ts';
import { Broken, type Subject, type Target } from '../target.ts';
import { HttpLine } from './http-line.ts';
import { aggregatorWorld, type HttpWorld, nodeWorld } from './http-worlds.ts';

const HASH = 'ab'.repeat(32);
/** Streams stay open and are for the raw sockets. */
const SHARED = [
  '/live',
  '/ready',
  '/health',
  '/metrics',
  '/v1/info',
  '/v1/genesis',
  '/v1/feeds',
  '/v1/evidence?limit=3',
  `/v1/evidence/${HASH}`,
  '/docs/openapi.json',
];
const OF_NODE = [...SHARED, '/v1/status', `/v1/reports/${HASH}`, '/v1/sync/blocks?from=1&limit=2&wait=0'];
const OF_API = [
  ...SHARED,
  '/v1/feeds/air',
  '/v1/feeds/air/groups?limit=2',
  '/v1/feeds/air/rounds?from=0&to=1800000000000&limit=3&group=',
  '/v1/feeds/air/rounds/latest',
  '/v1/feeds/air/rounds/1700000040000',
  '/v1/feeds/air/rounds/at/1700000041000',
  '/v1/feeds/air/rounds/next?after=0&timeout=0',
  '/v1/updates/latest?ids=air',
  '/v1/blocks/3',
  '/v1/checkpoints/latest',
  '/v1/checkpoints/3',
  '/v1/consistency?from=2&to=5',
  '/v1/anchors?limit=2',
  '/v1/participation',
  `/v1/reports/${HASH}/proof`,
];
const POSTS = ['/v1/reports', '/v1/reports?wait=certified&timeout=0', '/v1/registrations', '/v1/revocations'];
const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH'];
const TYPES = [
  'application/cbor',
  'application/cose',
  'application/json',
  'application/json; charset=utf-8',
  'text/plain',
  'x',
];
const HEADERS = [
  'accept: application/cbor',
  'if-none-match: "x", W/"y"',
  'last-event-id: 3-1',
  'accept-encoding: gzip',
  'range: bytes=0-1',
  'expect: 100-continue',
  'origin: x',
];

/** A well-framed request: whatever its parts hold, its length is what it says. */
export function requestOf(rng: Rng, paths: readonly string[], bodies: readonly Uint8Array[]): Uint8Array {
  const isPost = bodies.length > 0 && rng.chance(0.6);
  const path = pathOf(rng, isPost ? POSTS : paths);
  const method = rng.chance(0.9) ? (isPost ? 'POST' : 'GET') : rng.pick(METHODS);
  const body = isPost ? bodyOf(rng, bodies) : rng.chance(0.03) ? rng.bytes(20) : new Uint8Array(0);
  const type = rng.chance(0.9) ? rng.pick(TYPES.slice(0, 3)) : rng.pick(TYPES);
  const head = [`${method} ${path} HTTP/1.1`, 'host: x'];
  if (body.length > 0 || isPost) head.push(`content-type: ${type}`, `content-length: ${body.length}`);
  if (rng.chance(0.2)) head.push(lineOf(rng.chance(0.5) ? mutateText(rng.pick(HEADERS), rng) : rng.pick(HEADERS)));
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'), body]);
}

function pathOf(rng: Rng, paths: readonly string[]): string {
  const path = rng.pick(paths);
  if (rng.chance(0.35)) return path;
  // what ends the request line ends the request
  const changed = mutateText(path, rng)
    .replaceAll(/[\s\p{Cc}]/gu, '%20')
    .slice(0, 4000);
  return changed.startsWith('/') ? changed : `/${changed}`;
}

function lineOf(text: string): string {
  const line = text.replaceAll(/\p{Cc}/gu, ' ').slice(0, 2000);
  // a second length, or another framing, would make the answer that of another request
  return /^\s*(?:content-length|transfer-encoding|connection|upgrade)\s*:/i.test(line) ? 'accept: x' : line;
}

function bodyOf(rng: Rng, bodies: readonly Uint8Array[]): Uint8Array {
  const item = rng.pick(bodies);
  const bytes = rng.chance(0.6) ? mutateBytes(item, rng, () => rng.pick(bodies)) : item;
  switch (rng.integer(0, 4)) {
    case 0:
      return bytes;
    case 1:
      return encodeCanonical(Array.from({ length: rng.integer(1, 4) }, () => bytes));
    case 2:
      return utf8(JSON.stringify({ reports: [toBase64(bytes)] }));
    case 3:
      return utf8(JSON.stringify({ item: toBase64(bytes) }));
    default:
      return utf8(mutateText(JSON.stringify({ reports: [toBase64(item)] }), rng));
  }
}

/** Items of the world's chain, and reports that are new to it. */
export function itemsOf({ chain }: HttpWorld): readonly Uint8Array[] {
  const known = chain.commits.flatMap(({ batches }) => batches.flatMap(({ items }) => items.map(({ bytes }) => bytes)));
  const fresh = Array.from({ length: 30 }, (_, i) => chain.report(i % 3, i, chain.time - i).bytes);
  return [...known, ...fresh];
}

/** Says what the server did that it may not. @throws Broken */
export function demandNoFailure(world: HttpWorld): void {
  const [failure] = world.failures();
  if (failure === undefined) return;
  const error = failure instanceof Error ? failure : new Error(String(failure));
  throw new Broken(`the server failed: ${error.stack ?? error.message}`);
}

async function served(world: HttpWorld, paths: readonly string[], hasIntake: boolean): Promise<Subject> {
  const line = new HttpLine({ port: world.port });
  const bodies = hasIntake ? itemsOf(world) : [];
  return {
    generate: (rng) => requestOf(rng, paths, bodies),
    take: async (input) => {
      const isHead = input[0] === 0x48;
      // a server may end an idle connection in the very moment of a request: once more, on a new one
      const answer = (await line.ask(input, isHead)) ?? (await line.ask(input, isHead));
      demandNoFailure(world);
      if (answer === null) throw new Broken('no answer to a well-framed request');
      if (answer.status === 500) throw new Broken('status 500');
      return answer.status < 400;
    },
    close: async () => {
      line.close();
      await world.close();
    },
  };
}

const SESSION = 20_000;

/** Well-framed requests to real servers, over one connection each. */
export const targets: readonly Target[] = [
  { name: 'http/node', sessionInputs: SESSION, share: 0.1, open: async () => served(await nodeWorld(), OF_NODE, true) },
  {
    name: 'http/aggregator',
    sessionInputs: SESSION,
    share: 0.1,
    open: async () => served(await aggregatorWorld(), OF_API, false),
  },
];
