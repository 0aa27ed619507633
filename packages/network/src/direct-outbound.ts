import type { MemberIndex } from '@cairn/primitives';
import type { Stream } from '@libp2p/interface';
import { Backoff } from './backoff.ts';
import type { Counters } from './counters.ts';
import { encodeFrames, KEEPALIVE_FRAME } from './framing.ts';
import type { NetworkLimits } from './options.ts';

/** Frames that leave in one write, bytes. */
const WRITE_BYTES = 64 * 1024;

interface Dependencies {
  /** Opens a stream on the newest connection; rejects when there is none. */
  openStream(): Promise<Stream>;
  isConnected(): boolean;
  counters: Counters;
}

/**
 * Our half of one (member, channel): a stream that is opened when first needed and again whenever it breaks, and a
 * bounded queue in front of it that keeps the newest frames.
 */
export class DirectOutbound {
  readonly #memberIndex: MemberIndex;
  readonly #limits: NetworkLimits;
  readonly #dependencies: Dependencies;
  readonly #backoff: Backoff;
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #stream: Stream | undefined;
  #state: 'idle' | 'opening' | 'waiting' | 'open' | 'stopped' = 'idle';
  #isFlushDue = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: { memberIndex: MemberIndex; limits: NetworkLimits }, dependencies: Dependencies) {
    this.#memberIndex = options.memberIndex;
    this.#limits = options.limits;
    this.#dependencies = dependencies;
    this.#backoff = new Backoff({ minMs: options.limits.dialBackoffMinMs, maxMs: options.limits.dialBackoffMaxMs });
  }

  get queuedFrames(): number {
    return this.#queue.length;
  }

  /** @returns false when an older frame was dropped. The caller must not change `bytes` afterwards. */
  send(bytes: Uint8Array): boolean {
    if (this.#state === 'stopped') return false;
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.length;
    const isComplete = this.#dropOldest();
    if (this.#state === 'open') this.#flushSoon();
    else this.connected();
    return isComplete;
  }

  /** To be called when a connection to the member has opened: no need to wait for the back-off then. */
  connected(): void {
    if (this.#state !== 'idle' && this.#state !== 'waiting') return;
    if (!this.#dependencies.isConnected()) return;
    clearTimeout(this.#timer);
    void this.#open();
  }

  /** To be called every `directKeepaliveMs`: keeps the stream from being reset as idle. */
  keepAlive(): void {
    const stream = this.#stream;
    if (this.#state !== 'open' || stream === undefined) return;
    if (this.#queue.length > 0) this.#flushSoon();
    else if (!stream.writableNeedsDrain) this.#write(stream, KEEPALIVE_FRAME);
  }

  stop(): void {
    this.#state = 'stopped';
    clearTimeout(this.#timer);
    this.#queue = [];
    this.#queuedBytes = 0;
    const stream = this.#stream;
    this.#stream = undefined;
    stream?.abort(new Error('network stopped'));
  }

  #dropOldest(): boolean {
    let dropped = 0;
    while (
      this.#queue.length - dropped > this.#limits.directQueueFramesMax ||
      (this.#queuedBytes > this.#limits.directQueueBytesMax && this.#queue.length - dropped > 1)
    ) {
      this.#queuedBytes -= (this.#queue[dropped++] as Uint8Array).length;
    }
    if (dropped === 0) return true;
    this.#queue.splice(0, dropped);
    this.#dependencies.counters.count('directDropped', this.#memberIndex, dropped);
    return false;
  }

  async #open(): Promise<void> {
    this.#state = 'opening';
    let stream: Stream;
    try {
      stream = await this.#dependencies.openStream();
    } catch {
      this.#retryLater();
      return;
    }
    if (this.#isStopped()) {
      stream.abort(new Error('network stopped'));
      return;
    }
    // The stream may have been reset while its protocol was negotiated; then its close event is past.
    if (stream.status !== 'open') {
      this.#retryLater();
      return;
    }
    this.#stream = stream;
    this.#state = 'open';
    this.#dependencies.counters.count('directOpened', this.#memberIndex);
    stream.addEventListener('drain', () => this.#flushSoon());
    stream.addEventListener('close', () => this.#closed(stream));
    // The other half of a direct stream is silent: whatever comes back is thrown away, so that it cannot pile up.
    stream.addEventListener('message', () => this.#backoff.reset());
    this.#flush();
  }

  // A function of its own: the compiler does not know that an await may have changed the state.
  #isStopped(): boolean {
    return this.#state === 'stopped';
  }

  #closed(stream: Stream): void {
    if (this.#stream !== stream) return;
    this.#stream = undefined;
    if (this.#state === 'open') this.#retryLater();
  }

  #retryLater(): void {
    if (this.#state === 'stopped') return;
    this.#state = 'waiting';
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#state = 'idle';
      if (this.#queue.length > 0) this.connected();
    }, this.#backoff.next());
  }

  /** All that is sent within one turn of the event loop leaves together. */
  #flushSoon(): void {
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    queueMicrotask(() => {
      this.#isFlushDue = false;
      this.#flush();
    });
  }

  #flush(): void {
    while (this.#queue.length > 0) {
      const stream = this.#stream;
      // `send()` that returned false means: wait for the drain event. The frames wait here, where they are bounded.
      if (this.#state !== 'open' || stream === undefined || stream.writableNeedsDrain) return;
      const frames = this.#takeFrames();
      if (!this.#write(stream, encodeFrames(frames))) return;
      this.#backoff.reset();
      this.#dependencies.counters.count('directSent', this.#memberIndex, frames.length);
    }
  }

  #takeFrames(): Uint8Array[] {
    let count = 0;
    let bytes = 0;
    while (count < this.#queue.length && (count === 0 || bytes < WRITE_BYTES)) {
      bytes += (this.#queue[count++] as Uint8Array).length;
    }
    this.#queuedBytes -= bytes;
    return this.#queue.splice(0, count);
  }

  /** @returns whether the bytes were handed to the stream. */
  #write(stream: Stream, bytes: Uint8Array): boolean {
    try {
      stream.send(bytes);
      return true;
    } catch (error) {
      stream.abort(error as Error);
      this.#closed(stream);
      return false;
    }
  }
}
