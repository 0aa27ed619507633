import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below where kernels take the ports of outgoing connections from: nobody takes such a port while its owner is down. */
const RANGE = { min: 20_000, max: 32_000 };
const TRIES_MAX = 200;

/** @returns ports of 127.0.0.1 for processes that come and go. */
export async function steadyPorts(count: number): Promise<readonly number[]> {
  const ports = new Set<number>();
  for (let tries = 0; ports.size < count; tries++) {
    if (tries === TRIES_MAX) throw new Error(`no ${count} free ports from ${RANGE.min} to ${RANGE.max}`);
    const port = randomInt(RANGE.min, RANGE.max);
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
