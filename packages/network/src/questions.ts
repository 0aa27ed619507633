import { CairnError, type MemberIndex } from '@cairn/primitives';
import type { Stream } from '@libp2p/interface';
import { ClockOffsets, decodeTimes } from './clock-offsets.ts';
import type { Counters } from './counters.ts';
import type { RequestMethod, RequestOptions } from './network.ts';
import type { NetworkLimits } from './options.ts';
import { ask } from './request-client.ts';

/** After a connection opens the machine is busy with it, so its clock is asked for again a little later. */
const CLOCK_AGAIN_MS = 2_000;

interface Dependencies {
  now(): number;
  /** @throws NETWORK_MEMBER_UNKNOWN, NETWORK_MEMBER_MISSING. */
  openStream(to: MemberIndex, name: `request/${string}`): Promise<Stream>;
  isConnected(index: MemberIndex): boolean;
  counters: Counters;
}

/** What we ask others: requests of the host, and now and then the time. */
export class Questions {
  readonly clocks = new ClockOffsets();
  readonly #limits: NetworkLimits;
  readonly #dependencies: Dependencies;
  readonly #timers = new Map<MemberIndex, NodeJS.Timeout>();
  #isStopped = false;

  constructor(limits: NetworkLimits, dependencies: Dependencies) {
    this.#limits = limits;
    this.#dependencies = dependencies;
  }

  async *ask(
    to: MemberIndex,
    method: RequestMethod,
    bytes: Uint8Array,
    options: RequestOptions,
  ): AsyncGenerator<Uint8Array> {
    const limits = this.#limits;
    if (bytes.length > limits.requestBytesMax) {
      const meta = { length: bytes.length, bytesMax: limits.requestBytesMax };
      throw new CairnError('NETWORK_FRAME_EXCEEDED', 'a request is too large', meta);
    }
    this.#dependencies.counters.count('requestsSent', to);
    const stream = await this.#dependencies.openStream(to, `request/${method}`);
    yield* ask(stream, {
      memberIndex: to,
      bytes,
      timeoutMs: options.timeoutMs ?? limits.requestTimeoutMs,
      responseFrameBytesMax: limits.responseFrameBytesMax,
      responseBytesMax: options.responseBytesMax ?? limits.responseBytesMax,
      framesMax: options.framesMax ?? limits.responseFramesMax,
      signal: options.signal,
    });
  }

  connected(index: MemberIndex): void {
    void this.#measureClock(index);
    this.#measureLater(index, CLOCK_AGAIN_MS);
  }

  disconnected(index: MemberIndex): void {
    clearTimeout(this.#timers.get(index));
    this.#timers.delete(index);
  }

  stop(): void {
    this.#isStopped = true;
    for (const index of [...this.#timers.keys()]) this.disconnected(index);
  }

  #measureLater(index: MemberIndex, waitMs: number): void {
    clearTimeout(this.#timers.get(index));
    if (this.#isStopped || !this.#dependencies.isConnected(index)) return;
    const measure = () => {
      void this.#measureClock(index);
      this.#measureLater(index, this.#limits.clockIntervalMs);
    };
    this.#timers.set(index, setTimeout(measure, waitMs));
  }

  async #measureClock(index: MemberIndex): Promise<void> {
    try {
      const stream = await this.#dependencies.openStream(index, 'request/time');
      const askedAtMs = this.#dependencies.now();
      const bounds = { timeoutMs: 5_000, responseFrameBytesMax: 16, responseBytesMax: 16, framesMax: 1 };
      for await (const frame of ask(stream, { memberIndex: index, bytes: new Uint8Array(1), ...bounds })) {
        const times = decodeTimes(frame);
        if (times !== undefined) {
          this.clocks.add(index, { askedAtMs, ...times, returnedAtMs: this.#dependencies.now() });
        }
      }
    } catch {
      // It is asked again after the next interval.
    }
  }
}
