import { connect } from 'node:net';
import type { Rng } from '@cairn/primitives';
import { mutateBytes } from '../inputs/mutate-bytes.ts';
import { Broken, type Subject, type Target } from '../target.ts';
import { demandNoFailure, itemsOf, requestOf } from './http.ts';
import { aggregatorWorld, type HttpWorld, nodeWorld } from './http-worlds.ts';

const PATHS = [
  '/live',
  '/v1/info',
  '/v1/feeds',
  '/v1/events?topics=block',
  '/v1/updates/stream?ids=air',
  '/v1/reports',
];
const FRAMINGS = [
  'transfer-encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n',
  'transfer-encoding: chunked\r\n\r\nffffffffffffffff\r\nx',
  'content-length: 5\r\ncontent-length: 6\r\n\r\nabcdef',
  'content-length: 99999999999999\r\n\r\nx',
  'content-length: -1\r\n\r\n',
  'upgrade: websocket\r\nconnection: upgrade\r\n\r\n',
  'expect: 100-continue\r\ncontent-length: 3\r\n\r\nabc',
];
const ALIVE_MS_MAX = 15_000;

/** Requests with their framing broken too, several on one connection, and noise. */
function streamOf(rng: Rng, bodies: readonly Uint8Array[]): Uint8Array {
  if (rng.chance(0.1)) return rng.bytes(rng.integer(1, 600));
  const request = requestOf(rng, PATHS, bodies);
  if (rng.chance(0.3))
    return Buffer.from(
      `POST /v1/reports HTTP/1.1\r\nhost: x\r\ncontent-type: application/cbor\r\n${rng.pick(FRAMINGS)}`,
    );
  const many = Buffer.concat(Array.from({ length: rng.integer(1, 3) }, () => request));
  return mutateBytes(many, rng, () => requestOf(rng, PATHS, bodies));
}

/** Sends all of it on a new connection, half-closes or drops it. @returns the first bytes of what came back. */
function exchange(port: number, input: Uint8Array, isDropped: boolean): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
  let answer = '';
  socket.on('data', (chunk) => {
    answer ||= chunk.subarray(0, 400).toString('latin1');
    // the first answer is enough: streams never end
    socket.destroy();
  });
  socket.on('end', () => socket.destroy());
  socket.on('error', () => {});
  socket.on('close', () => resolve(answer));
  if (isDropped) socket.write(input, () => socket.resetAndDestroy());
  else socket.end(input);
  return promise;
}

async function garbage(world: HttpWorld): Promise<Subject> {
  const bodies = itemsOf(world);
  return {
    generate: (rng) => streamOf(rng, bodies),
    take: async (input, rng) => {
      const answer = await exchange(world.port, input, rng.chance(0.2));
      demandNoFailure(world);
      if (answer.startsWith('HTTP/1.1 500')) throw new Broken(answer);
      // others are served on
      if (rng.chance(0.05)) await demandAlive(world.port);
      return /^HTTP\/1\.1 [23]/.test(answer);
    },
    close: () => world.close(),
  };
}

async function demandAlive(port: number): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}/live`, { signal: AbortSignal.timeout(ALIVE_MS_MAX) });
  if (response.status !== 200) throw new Broken(`/live answers ${response.status}`);
  await response.text();
}

const SESSION = 5_000;

/** Garbage over TCP to real servers, a connection each. */
export const targets: readonly Target[] = [
  { name: 'sockets/node', sessionInputs: SESSION, share: 0.01, open: async () => garbage(await nodeWorld()) },
  {
    name: 'sockets/aggregator',
    sessionInputs: SESSION,
    share: 0.01,
    open: async () => garbage(await aggregatorWorld()),
  },
];
