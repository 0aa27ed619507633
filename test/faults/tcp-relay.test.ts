// Goal: the relay does to a connection what it is told, and nothing else. Method: an echo server behind it.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openLink, TcpRelay } from './tcp-relay.ts';

let echo: Server;
let relay: TcpRelay;
const there = openLink();
const back = openLink();

beforeEach(async () => {
  Object.assign(there, openLink());
  Object.assign(back, openLink());
  echo = createServer({ allowHalfOpen: true }, (socket) => socket.on('error', () => {}).pipe(socket));
  await once(echo.listen(0, '127.0.0.1'), 'listening');
  const targetPort = (echo.address() as AddressInfo).port;
  relay = await TcpRelay.open({ targetPort, there, back, fraction: () => 0.5 });
});
afterEach(async () => {
  await relay.close();
  echo.close();
});

function dial(): Socket {
  return connect({ port: relay.port, host: '127.0.0.1', allowHalfOpen: true }).on('error', () => {});
}

function closed(socket: Socket): Promise<unknown> {
  return new Promise((resolve) => socket.once('close', resolve));
}

async function next(socket: Socket): Promise<string> {
  const [bytes] = await once(socket, 'data');
  return String(bytes);
}

test('bytes come and go in order, more than it holds, and so does the end', async () => {
  const socket = dial();
  const sent = Buffer.from(Array.from({ length: 4 * 1024 * 1024 }, (_, i) => (i * 31) % 251));
  Object.assign(back, { delayMs: 1, jitterMs: 5 });
  socket.end(sent);
  const parts: Buffer[] = [];
  for await (const part of socket) parts.push(part as Buffer);
  expect(Buffer.concat(parts).equals(sent)).toBe(true);
});

test('a delay is kept, in both directions', async () => {
  const socket = dial();
  socket.write('soon');
  expect(await next(socket)).toBe('soon');
  Object.assign(there, { delayMs: 60 });
  Object.assign(back, { delayMs: 40, jitterMs: 40 });
  const startedMs = performance.now();
  socket.write('later');
  expect(await next(socket)).toBe('later');
  // 60 there, 40 and half of 40 back; timers are not earlier by more than a millisecond each
  expect(performance.now() - startedMs).toBeGreaterThan(115);
});

test('what is said in silence arrives after it', async () => {
  const socket = dial();
  socket.write('before ');
  expect(await next(socket)).toBe('before ');
  there.isStalled = true;
  socket.write('held ');
  back.isStalled = true;
  const other = dial();
  other.write('other');
  there.isStalled = false;
  relay.wake();
  const said = Promise.all([next(socket), next(other)]);
  back.isStalled = false;
  relay.wake();
  expect(await said).toEqual(['held ', 'other']);
});

test('a cut resets what is connected and refuses what dials, until it ends', async () => {
  const socket = dial();
  socket.write('up');
  await next(socket);
  relay.cut(true);
  await closed(socket);
  await closed(dial());
  relay.cut(false);
  const again = dial();
  again.write('up again');
  expect(await next(again)).toBe('up again');
});

test('when the target is gone, so is the connection', async () => {
  const socket = dial();
  socket.write('up');
  await next(socket);
  echo.close();
  relay.reset();
  await closed(socket);
  await closed(dial());
});
