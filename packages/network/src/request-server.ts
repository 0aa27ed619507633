import type { Connection, Stream, StreamMessageEvent } from '@libp2p/interface';
import type { Counters } from './counters.ts';
import { encodeFrame, FrameDecoder } from './framing.ts';
import type { Member } from './members.ts';
import type { PeerIdentity } from './network.ts';
import type { NetworkLimits } from './options.ts';
import type { BanReason } from './peer-gate.ts';
import { ANSWER_DATA, ANSWER_END, ANSWER_FAILED, ANSWER_REFUSED } from './request-frames.ts';
import { TokenBucket } from './token-bucket.ts';

const NOTHING = new Uint8Array(0);
const LINGER_MS = 5_000;

interface Dependencies {
  memberOf(connection: Connection): Member | undefined;
  ban(connection: Connection, reason: BanReason): void;
  counters: Counters;
}

/** Yields the answer to one request. */
export type Answer = (
  peer: PeerIdentity,
  bytes: Uint8Array,
) => AsyncIterable<Uint8Array> | Promise<readonly Uint8Array[]>;

interface Client {
  readonly requests: TokenBucket;
  readonly refusals: TokenBucket;
  readonly bytes: TokenBucket;
  atOnce: number;
  usedAtMs: number;
}

/** Answers requests: bounded per peer and in total, as fast as the reader takes them and no faster. */
export class RequestServer {
  readonly #limits: NetworkLimits;
  readonly #dependencies: Dependencies;
  readonly #clients = new Map<string, Client>();
  #atOnce = 0;

  constructor(limits: NetworkLimits, dependencies: Dependencies) {
    this.#limits = limits;
    this.#dependencies = dependencies;
  }

  /** Handler of an inbound stream of one method. Never rejects. */
  async serve(stream: Stream, connection: Connection, options: { isPublic: boolean; answer: Answer }): Promise<void> {
    const { counters } = this.#dependencies;
    const member = this.#dependencies.memberOf(connection);
    const peer: PeerIdentity = { peerId: connection.remotePeer.toString(), memberIndex: member?.index };
    // Its frames have to be listened for before anything else happens.
    const question = readOne(stream, this.#limits.requestBytesMax, this.#limits.requestTimeoutMs);
    const client = this.#clientOf(peer);
    if ((!options.isPublic && member === undefined) || !this.#admit(client, member !== undefined)) {
      counters.count('requestsRefused', member?.index);
      question.catch(() => {});
      if (!client.refusals.take(1, performance.now())) this.#dependencies.ban(connection, 'flooding');
      else await finish(stream, ANSWER_REFUSED);
      return;
    }
    client.atOnce += 1;
    this.#atOnce += 1;
    try {
      const bytes = await question;
      if (bytes === undefined) {
        stream.abort(new Error('no request'));
        return;
      }
      const pace = member === undefined ? client.bytes : undefined;
      const isComplete = await this.#answer(stream, options.answer(peer, bytes), pace);
      counters.count(isComplete ? 'requestsServed' : 'requestsFailed', member?.index);
    } catch {
      this.#dependencies.ban(connection, 'oversized');
    } finally {
      client.atOnce -= 1;
      this.#atOnce -= 1;
    }
  }

  #admit(client: Client, isMember: boolean): boolean {
    const atOnceMax = isMember ? this.#limits.requestsAtOnceMember : this.#limits.requestsAtOnceStranger;
    if (client.atOnce >= atOnceMax || this.#atOnce >= this.#limits.requestsAtOnceTotal) return false;
    return client.requests.take(1, performance.now());
  }

  /** @returns whether the reader got all of it. */
  async #answer(stream: Stream, answer: ReturnType<Answer>, pace: TokenBucket | undefined): Promise<boolean> {
    let isComplete = true;
    try {
      for await (const payload of isAsyncIterable(answer) ? answer : await answer) {
        if (payload.length > this.#limits.responseFrameBytesMax) throw new Error('frame of an answer is too large');
        if (!(await this.#write(stream, encodeFrame(payload, ANSWER_DATA), pace))) return false;
      }
    } catch {
      this.#dependencies.counters.count('handlersFailed');
      isComplete = false;
    }
    await finish(stream, isComplete ? ANSWER_END : ANSWER_FAILED);
    return isComplete;
  }

  async #write(stream: Stream, frame: Uint8Array, pace: TokenBucket | undefined): Promise<boolean> {
    const waitMs = pace?.spend(frame.length, performance.now()) ?? 0;
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    if (stream.writeStatus !== 'writable') return false;
    try {
      stream.send(frame);
    } catch {
      return false;
    }
    return await drained(stream, this.#limits.responseStallMs);
  }

  #clientOf(peer: PeerIdentity): Client {
    const nowMs = performance.now();
    let client = this.#clients.get(peer.peerId);
    if (client === undefined) {
      this.#forgetIdle(nowMs);
      const isMember = peer.memberIndex !== undefined;
      const { requestsPerSecondMember, requestsPerSecondStranger } = this.#limits;
      client = {
        requests: new TokenBucket({ perSecond: isMember ? requestsPerSecondMember : requestsPerSecondStranger, nowMs }),
        refusals: new TokenBucket({ perSecond: this.#limits.refusalsPerSecond, nowMs }),
        bytes: new TokenBucket({ perSecond: this.#limits.responseBytesPerSecondStranger, nowMs }),
        atOnce: 0,
        usedAtMs: nowMs,
      };
      this.#clients.set(peer.peerId, client);
    }
    client.usedAtMs = nowMs;
    return client;
  }

  // A budget is full again after a minute, so forgetting it then changes nothing.
  #forgetIdle(nowMs: number): void {
    if (this.#clients.size < 256) return;
    for (const [peerId, client] of this.#clients) {
      if (client.atOnce === 0 && nowMs - client.usedAtMs > 60_000) this.#clients.delete(peerId);
    }
    for (const [peerId, client] of this.#clients) {
      if (this.#clients.size < 1_024) return;
      if (client.atOnce === 0) this.#clients.delete(peerId);
    }
  }
}

function isAsyncIterable(value: object): value is AsyncIterable<Uint8Array> {
  return Symbol.asyncIterator in value;
}

/** @returns the first frame, or undefined if it does not come in time. Rejects when it is too large. */
function readOne(stream: Stream, bytesMax: number, timeoutMs: number): Promise<Uint8Array | undefined> {
  return new Promise((resolve, reject) => {
    const decoder = new FrameDecoder(bytesMax);
    const settle = (act: () => void) => {
      clearTimeout(timer);
      stream.removeEventListener('message', onMessage);
      stream.removeEventListener('close', onClose);
      // What follows is thrown away as it comes: a request is one frame.
      stream.addEventListener('message', () => {});
      act();
    };
    const onMessage = (event: StreamMessageEvent) => {
      try {
        const [frame] = decoder.push(event.data.subarray());
        if (frame !== undefined) settle(() => resolve(frame));
      } catch (error) {
        settle(() => reject(error));
      }
    };
    const onClose = () => settle(() => resolve(undefined));
    const timer = setTimeout(onClose, timeoutMs);
    stream.addEventListener('message', onMessage);
    stream.addEventListener('close', onClose);
  });
}

/** @returns false when the reader took nothing for `stallMs`, or is gone; then the stream is reset. */
export async function drained(stream: Stream, stallMs: number): Promise<boolean> {
  if (!stream.writableNeedsDrain) return stream.writeStatus === 'writable';
  return await new Promise<boolean>((resolve) => {
    const settle = (isDrained: boolean) => {
      clearTimeout(timer);
      stream.removeEventListener('drain', onDrain);
      stream.removeEventListener('close', onClose);
      if (!isDrained) stream.abort(new Error('reader is too slow'));
      resolve(isDrained);
    };
    const onDrain = () => settle(true);
    const onClose = () => settle(false);
    const timer = setTimeout(onClose, stallMs);
    stream.addEventListener('drain', onDrain);
    stream.addEventListener('close', onClose);
  });
}

async function finish(stream: Stream, kind: number): Promise<void> {
  try {
    stream.send(encodeFrame(NOTHING, kind));
    await stream.close({ signal: AbortSignal.timeout(LINGER_MS) });
  } catch (error) {
    stream.abort(error as Error);
    return;
  }
  // The other side closes its half when it has read the end; one that does not would keep the stream for ever.
  const linger = setTimeout(() => stream.abort(new Error('half open')), LINGER_MS);
  stream.addEventListener('close', () => clearTimeout(linger));
  if (stream.status !== 'open') clearTimeout(linger);
}
