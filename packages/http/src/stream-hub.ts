import type { FastifyReply, FastifyRequest } from 'fastify';
import { EventStream } from './event-stream.ts';
import { type Cursor, cursorText, type Frame, type FrameRing, isBefore } from './frame-ring.ts';
import type { AppContext } from './http-app.ts';
import { httpError } from './problem.ts';
import { clientOf } from './token-bucket.ts';

/** Frames after a place, in order; empty: none. For clients that resume from before the ring. */
export type OlderFrames = (after: Cursor) => Promise<readonly Frame[]>;

interface Subscriber {
  readonly stream: EventStream;
  readonly client: string;
  readonly keys: ReadonlySet<string>;
  cursor: Cursor;
  isLoading: boolean;
}

/**
 * All listeners of one kind of stream. Each has a place in a shared ring and takes from there as fast as its client reads,
 * so memory does not grow with slow clients; who takes nothing is cut off by its stream.
 */
export class StreamHub {
  readonly #name: string;
  readonly #context: AppContext;
  readonly #ring: FrameRing;
  readonly #older: OlderFrames | null;
  readonly #subscribers = new Set<Subscriber>();

  constructor(
    options: { readonly name: string },
    dependencies: { readonly context: AppContext; readonly ring: FrameRing; readonly older: OlderFrames | null },
  ) {
    this.#name = options.name;
    this.#context = dependencies.context;
    this.#ring = dependencies.ring;
    this.#older = dependencies.older;
  }

  get size(): number {
    return this.#subscribers.size;
  }

  /** Turns a reply into a stream. @throws HTTP_STREAMS_EXCEEDED */
  open(
    request: FastifyRequest,
    reply: FastifyReply,
    wish: { readonly keys: ReadonlySet<string>; readonly after: Cursor },
  ): void {
    const { bounds, deadlines, observer } = this.#context;
    const client = clientOf(request.socket.remoteAddress);
    const ofClient = [...this.#subscribers].filter((subscriber) => subscriber.client === client).length;
    if (this.#subscribers.size >= bounds.streamsMax || ofClient >= bounds.streamsPerClientMax) {
      throw httpError('HTTP_STREAMS_EXCEEDED', `at most ${bounds.streamsPerClientMax} streams of one client`);
    }
    reply.hijack();
    deadlines.set(reply.raw, null);
    const stream = new EventStream(reply.raw, bounds, {
      drained: () => this.#pump(subscriber),
      ended: (reason) => {
        this.#subscribers.delete(subscriber);
        observer.streamClosed?.(this.#name, reason);
      },
    });
    const subscriber: Subscriber = { stream, client, keys: wish.keys, cursor: wish.after, isLoading: false };
    this.#subscribers.add(subscriber);
    observer.streamOpened?.(this.#name);
    this.#pump(subscriber);
  }

  /** Adds to the ring and wakes everyone. */
  push(frames: readonly Frame[]): void {
    for (const frame of frames) this.#ring.push(frame);
    for (const subscriber of this.#subscribers) this.#pump(subscriber);
  }

  stop(): void {
    for (const subscriber of this.#subscribers) subscriber.stream.end('server');
  }

  #pump(subscriber: Subscriber): void {
    while (subscriber.stream.isWritable && !subscriber.isLoading) {
      const frame = this.#ring.after(subscriber.cursor);
      if (frame === undefined) return;
      if (frame === 'gap') this.#bridge(subscriber);
      else deliver(subscriber, frame);
    }
  }

  #bridge(subscriber: Subscriber): void {
    if (this.#older === null) {
      const { floor } = this.#ring;
      subscriber.cursor = floor;
      subscriber.stream.write(`event: gap\nid: ${cursorText(floor)}\ndata: {}\n\n`);
      return;
    }
    subscriber.isLoading = true;
    this.#older(subscriber.cursor)
      .then((frames) => this.#takeOlder(subscriber, frames))
      .catch((error) => {
        this.#context.observer.failed?.(error, { route: this.#name, method: 'GET' });
        subscriber.stream.end('server');
      });
  }

  #takeOlder(subscriber: Subscriber, frames: readonly Frame[]): void {
    subscriber.isLoading = false;
    for (const frame of frames) {
      // what does not fit now is loaded again after the drain
      if (!subscriber.stream.isWritable) return;
      deliver(subscriber, frame);
    }
    const { floor } = this.#ring;
    if (frames.length === 0 && isBefore(subscriber.cursor, floor)) subscriber.cursor = floor;
    this.#pump(subscriber);
  }
}

function deliver(subscriber: Subscriber, frame: Frame): void {
  subscriber.cursor = frame.cursor;
  if (frame.keys.some((key) => subscriber.keys.has(key))) subscriber.stream.write(frame.text);
}
