import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { NodePorts } from '@cairn/http';
import { CairnError } from '@cairn/primitives';

export interface MetricsServerOptions {
  readonly host: string;
  readonly port: number;
}

/**
 * Metrics and health alone, for an address that the public does not reach.
 * @returns how to stop it. @throws NODE_LISTEN_INVALID
 */
export async function startMetricsServer(
  { host, port }: MetricsServerOptions,
  ports: Pick<NodePorts, 'metrics' | 'health'>,
): Promise<() => Promise<void>> {
  const server = createServer((request, response) => {
    void answer(request.url ?? '', response, ports);
  });
  server.headersTimeout = 10_000;
  server.requestTimeout = 10_000;
  server.maxConnections = 64;
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (cause) {
    throw new CairnError(
      'NODE_LISTEN_INVALID',
      `cannot listen on ${host}:${port} for metrics`,
      { host, port },
      { cause },
    );
  }
  return async () => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
}

async function answer(
  url: string,
  response: ServerResponse,
  ports: Pick<NodePorts, 'metrics' | 'health'>,
): Promise<void> {
  const send = (status: number, contentType: string, body: string) =>
    response.writeHead(status, { 'content-type': contentType }).end(body);
  try {
    if (url === '/live') return void send(200, 'application/json', '{"status":"live"}');
    if (url === '/metrics') {
      const { contentType, text } = await ports.metrics();
      return void send(200, contentType, text);
    }
    if (url === '/ready' || url === '/health') {
      const health = ports.health();
      return void send(health.status === 'ready' ? 200 : 503, 'application/json', JSON.stringify(health));
    }
    send(404, 'application/json', '{"status":"unknown"}');
  } catch {
    response.destroy();
  }
}
