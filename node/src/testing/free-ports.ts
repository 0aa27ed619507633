import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** @returns ports of 127.0.0.1 that were free a moment ago: members must know each other's before any of them listens. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}
