import type { ServerResponse } from 'node:http';
import { COMMON_HEADERS } from './common-headers.ts';
import type { StreamEnd } from './observer.ts';
import type { HttpBounds } from './options.ts';

/** Told what happens to a stream. */
export interface StreamListener {
  /** The client has taken what was written: more may follow. */
  drained(): void;
  /** Once, however it ended. */
  ended(reason: StreamEnd): void;
}

/**
 * One response of server-sent events. Holds little more than what fits the socket: the writer asks `isWritable` first.
 * All its timers run apart from the writing, so a client that takes nothing cannot hold them up.
 */
export class EventStream {
  readonly #response: ServerResponse;
  readonly #bounds: HttpBounds;
  readonly #listener: StreamListener;
  readonly #lifetime: NodeJS.Timeout;
  readonly #heartbeat: NodeJS.Timeout;
  #drainDeadline: NodeJS.Timeout | undefined;
  #isEnded = false;

  constructor(response: ServerResponse, bounds: HttpBounds, listener: StreamListener) {
    this.#response = response;
    this.#bounds = bounds;
    this.#listener = listener;
    this.#lifetime = setTimeout(() => this.end('lifetime'), bounds.streamLifetimeMs);
    this.#heartbeat = setInterval(() => this.#beat(), bounds.streamHeartbeatMs);
    response.on('drain', () => this.#drained());
    response.once('close', () => this.end('client'));
    response.once('error', () => this.end('client'));
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      ...COMMON_HEADERS,
    });
    this.write('retry: 2000\n\n');
  }

  get isWritable(): boolean {
    return !this.#isEnded && this.#drainDeadline === undefined;
  }

  write(text: string): void {
    if (this.#isEnded) return;
    const isTaken = this.#response.write(text);
    if (this.#response.writableLength > this.#bounds.streamBufferBytesMax) this.end('slow');
    else if (!isTaken) {
      this.#drainDeadline ??= setTimeout(() => this.end('slow'), this.#bounds.streamDrainTimeoutMs);
    }
  }

  /** A slow or gone client is cut off at once; otherwise what was written may still be read. */
  end(reason: StreamEnd): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    clearTimeout(this.#lifetime);
    clearInterval(this.#heartbeat);
    clearTimeout(this.#drainDeadline);
    if (reason === 'slow' || reason === 'client') this.#response.destroy();
    else this.#finish();
    this.#listener.ended(reason);
  }

  #finish(): void {
    const deadline = setTimeout(() => this.#response.destroy(), this.#bounds.streamDrainTimeoutMs);
    this.#response.once('close', () => clearTimeout(deadline));
    this.#response.end();
  }

  #drained(): void {
    clearTimeout(this.#drainDeadline);
    this.#drainDeadline = undefined;
    if (!this.#isEnded) this.#listener.drained();
  }

  #beat(): void {
    if (this.isWritable) this.write(': still here\n\n');
  }
}
