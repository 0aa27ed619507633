import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** One direction between two members. Whoever injects faults changes it; all connections of the direction obey. */
export interface LinkState {
  delayMs: number;
  jitterMs: number;
  /** Nothing is handed over; what was sent waits. */
  isStalled: boolean;
}

export const openLink = (): LinkState => ({ delayMs: 0, jitterMs: 0, isStalled: false });

export interface RelayOptions {
  /** Of 127.0.0.1. */
  readonly targetPort: number;
  /** From those who dial to the target, and back. */
  readonly there: LinkState;
  readonly back: LinkState;
  /** Uniform in [0, 1). */
  readonly fraction: () => number;
}

/** Bytes that wait in one direction before its sender is slowed down. */
const WAITING_BYTES_MAX = 1024 * 1024;

/** A TCP relay on 127.0.0.1 that can be slow, silent, or cut: the way from one member to another. */
export class TcpRelay {
  readonly port: number;
  readonly #options: RelayOptions;
  readonly #server: Server;
  readonly #pairs = new Set<{ readonly sockets: readonly Socket[]; readonly ways: readonly Way[] }>();
  #isCut = false;

  private constructor(server: Server, options: RelayOptions) {
    this.#server = server;
    this.#options = options;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (socket) => this.#accept(socket));
  }

  static async open(options: RelayOptions): Promise<TcpRelay> {
    const server = createServer({ allowHalfOpen: true, noDelay: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new TcpRelay(server, options);
  }

  get connections(): number {
    return this.#pairs.size;
  }

  /** Resets all connections, and while it is cut every new one. */
  cut(isCut: boolean): void {
    this.#isCut = isCut;
    if (isCut) this.reset();
  }

  reset(): void {
    for (const { sockets, ways } of this.#pairs) {
      for (const way of ways) way.stop();
      for (const socket of sockets) socket.resetAndDestroy();
    }
  }

  /** To be called when a link state has changed. */
  wake(): void {
    for (const { ways } of this.#pairs) for (const way of ways) way.pump();
  }

  async close(): Promise<void> {
    this.reset();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #accept(socket: Socket): void {
    socket.on('error', () => {});
    if (this.#isCut) return void socket.resetAndDestroy();
    const { targetPort, there, back, fraction } = this.#options;
    const target = connect({ port: targetPort, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    target.on('error', () => {});
    const ways = [new Way(socket, target, there, fraction), new Way(target, socket, back, fraction)];
    const pair = { sockets: [socket, target], ways };
    this.#pairs.add(pair);
    for (const [side, each] of pair.sockets.entries()) {
      each.once('close', (hadError) => {
        const other = pair.sockets[1 - side] as Socket;
        // what it said before it closed is still handed over, with its end
        ways[1 - side]?.stop();
        if (hadError) other.resetAndDestroy();
        if (other.destroyed) this.#pairs.delete(pair);
      });
    }
  }
}

interface Waiting {
  /** Null stands for the end of the stream. */
  readonly bytes: Buffer | null;
  readonly dueMs: number;
}

/** Hands what comes from one socket to another: in order, not before its time. */
class Way {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #link: LinkState;
  readonly #fraction: () => number;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(from: Socket, to: Socket, link: LinkState, fraction: () => number) {
    this.#from = from;
    this.#to = to;
    this.#link = link;
    this.#fraction = fraction;
    from.on('data', (bytes) => this.#take(bytes as Buffer));
    from.on('end', () => this.#take(null));
    to.on('drain', () => this.pump());
  }

  pump(): void {
    clearTimeout(this.#timer);
    while (!this.#link.isStalled && !this.#to.destroyed) {
      const next = this.#waiting[0];
      if (next === undefined || this.#to.writableNeedDrain) break;
      const waitMs = next.dueMs - performance.now();
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.pump(), waitMs);
        break;
      }
      this.#waiting.shift();
      this.#waitingBytes -= next.bytes?.length ?? 0;
      if (next.bytes === null) this.#to.end();
      else this.#to.write(next.bytes);
    }
    if (this.#waitingBytes <= WAITING_BYTES_MAX) this.#from.resume();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#waiting = [];
  }

  #take(bytes: Buffer | null): void {
    const { delayMs, jitterMs } = this.#link;
    this.#waiting.push({ bytes, dueMs: performance.now() + delayMs + jitterMs * this.#fraction() });
    this.#waitingBytes += bytes?.length ?? 0;
    if (this.#waitingBytes > WAITING_BYTES_MAX) this.#from.pause();
    this.pump();
  }
}
