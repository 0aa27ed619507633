import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';

/** Where everything of one start listens, all on 127.0.0.1. */
export interface DevnetPorts {
  /** HTTP of each member. */
  readonly http: readonly number[];
  readonly p2p: readonly number[];
  readonly aggregator: number;
  readonly chainRpc: number;
  readonly chainWs: number;
}

/**
 * @param base the first of a row of ports, one after the other; a taken one is replaced by any free one, so that two
 * devnets, or a devnet and something else, get along. 0: any free ones.
 */
export async function choosePorts(base: number, nodes: number): Promise<DevnetPorts> {
  const servers: Server[] = [];
  const take = async (offset: number): Promise<number> => {
    const server = (base === 0 ? null : await listen(base + offset)) ?? (await listen(0));
    if (server === null) throw new Error('no free port');
    servers.push(server);
    return (server.address() as AddressInfo).port;
  };
  const range = async (count: number, from: number): Promise<number[]> => {
    const ports: number[] = [];
    for (let index = 0; index < count; index++) ports.push(await take(from + index));
    return ports;
  };
  try {
    const http = await range(nodes, 0);
    const [aggregator = 0, chainRpc = 0, chainWs = 0] = await range(3, nodes);
    return { http, aggregator, chainRpc, chainWs, p2p: await range(nodes, nodes + 3) };
  } finally {
    // all were held until the last was chosen, so no two are the same
    await Promise.all(servers.map((server) => once(server.close(), 'close')));
  }
}

async function listen(port: number): Promise<Server | null> {
  const server = createServer();
  try {
    server.listen({ port, host: '127.0.0.1', exclusive: true });
    await once(server, 'listening');
    return server;
  } catch {
    return null;
  }
}
