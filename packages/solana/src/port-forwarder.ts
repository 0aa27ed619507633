import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** Passes TCP connections from one loopback port to another: the embedded chain cannot be told which port to take. */
export class PortForwarder {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;

  private constructor(server: Server, sockets: Set<Socket>) {
    this.#server = server;
    this.#sockets = sockets;
    this.port = (server.address() as { port: number }).port;
  }

  /** @param from 0 for any free port. Rejects when the port is taken. */
  static async start(ports: { from: number; to: number }): Promise<PortForwarder> {
    const sockets = new Set<Socket>();
    const server = createServer({ allowHalfOpen: true }, (inbound) => {
      const outbound = connect({ host: '127.0.0.1', port: ports.to, allowHalfOpen: true });
      for (const [socket, other] of [
        [inbound, outbound],
        [outbound, inbound],
      ] as const) {
        sockets.add(socket);
        socket.on('error', () => other.destroy());
        socket.on('close', () => sockets.delete(socket));
        socket.pipe(other);
      }
    });
    server.maxConnections = 256;
    server.listen(ports.from, '127.0.0.1');
    await once(server, 'listening');
    return new PortForwarder(server, sockets);
  }

  /** Ends every connection and frees the port. */
  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}
