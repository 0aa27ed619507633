import type { MemberIndex } from '@cairn/primitives';
import type { Connection, Stream, StreamMessageEvent } from '@libp2p/interface';
import type { Counters } from './counters.ts';
import { DirectOutbound } from './direct-outbound.ts';
import { FrameDecoder } from './framing.ts';
import type { Member } from './members.ts';
import { DIRECT_CHANNELS, type DirectChannel, type DirectMessage } from './network.ts';
import type { NetworkLimits } from './options.ts';
import type { BanReason } from './peer-gate.ts';
import { resumeReading } from './resume-reading.ts';
import { TokenBucket } from './token-bucket.ts';

interface Dependencies {
  memberOf(connection: Connection): Member | undefined;
  openStream(to: MemberIndex, channel: DirectChannel): Promise<Stream>;
  isConnected(index: MemberIndex): boolean;
  /** Cuts off a peer that broke the framing. */
  ban(connection: Connection, reason: BanReason): void;
  onDirect(message: DirectMessage): void;
  counters: Counters;
}

/** The direct streams: one outbound stream for each (member, channel), and what arrives on the inbound ones. */
export class DirectStreams {
  readonly #limits: NetworkLimits;
  readonly #dependencies: Dependencies;
  readonly #outbound = new Map<string, DirectOutbound>();
  readonly #inbound = new Map<string, Stream>();
  readonly #budgets = new Map<MemberIndex, { frames: TokenBucket; bytes: TokenBucket }>();
  readonly #keepalive: NodeJS.Timeout;

  constructor(limits: NetworkLimits, dependencies: Dependencies) {
    this.#limits = limits;
    this.#dependencies = dependencies;
    this.#keepalive = setInterval(() => {
      for (const outbound of this.#outbound.values()) outbound.keepAlive();
    }, limits.directKeepaliveMs);
  }

  send(to: MemberIndex, channel: DirectChannel, bytes: Uint8Array): boolean {
    // A copy: the frame may wait here while its sender goes on using the buffer.
    return this.#outboundTo(to, channel).send(new Uint8Array(bytes));
  }

  queuedFrames(to: MemberIndex): number {
    let frames = 0;
    for (const channel of DIRECT_CHANNELS) frames += this.#outbound.get(`${to}/${channel}`)?.queuedFrames ?? 0;
    return frames;
  }

  connected(index: MemberIndex): void {
    // The agreement stream is opened before it is needed: a vote should not wait for it.
    this.#outboundTo(index, 'agreement').connected();
    for (const channel of DIRECT_CHANNELS) this.#outbound.get(`${index}/${channel}`)?.connected();
  }

  /** Forgets a member that left the committee. */
  remove(index: MemberIndex): void {
    for (const channel of DIRECT_CHANNELS) {
      const key = `${index}/${channel}`;
      this.#outbound.get(key)?.stop();
      this.#outbound.delete(key);
      this.#inbound.get(key)?.abort(new Error('left the committee'));
      this.#inbound.delete(key);
    }
    this.#budgets.delete(index);
  }

  stop(): void {
    clearInterval(this.#keepalive);
    for (const outbound of this.#outbound.values()) outbound.stop();
    this.#outbound.clear();
  }

  /** Handler of an inbound direct stream. */
  accept(channel: DirectChannel, stream: Stream, connection: Connection): void {
    const member = this.#dependencies.memberOf(connection);
    if (member === undefined) {
      this.#dependencies.counters.count('directRefused');
      stream.abort(new Error('members only'));
      return;
    }
    const key = `${member.index}/${channel}`;
    // A member has one stream per channel; a new one means that the old one is dead at its end.
    this.#inbound.get(key)?.abort(new Error('replaced'));
    this.#inbound.set(key, stream);
    stream.addEventListener('close', () => {
      if (this.#inbound.get(key) === stream) this.#inbound.delete(key);
    });
    stream.addEventListener('remoteCloseWrite', () => void stream.close().catch((error) => stream.abort(error)));
    this.#read({ member, channel, stream, connection });
  }

  #read(source: { member: Member; channel: DirectChannel; stream: Stream; connection: Connection }): void {
    const { member, channel, stream, connection } = source;
    const decoder = new FrameDecoder(this.#limits.directFrameBytesMax);
    const onMessage = (event: StreamMessageEvent) => {
      let frames: Uint8Array[];
      try {
        frames = decoder.push(event.data.subarray());
      } catch {
        stream.removeEventListener('message', onMessage);
        this.#dependencies.ban(connection, 'oversized');
        return;
      }
      for (const bytes of frames) {
        if (bytes.length > 0) this.#deliver({ from: member.index, channel, bytes });
      }
      this.#slowDown(stream, member.index, { frames: frames.length, bytes: event.data.byteLength });
    };
    stream.addEventListener('message', onMessage);
  }

  #deliver(message: DirectMessage): void {
    this.#dependencies.counters.count('directReceived', message.from);
    try {
      this.#dependencies.onDirect(message);
    } catch {
      this.#dependencies.counters.count('handlersFailed', message.from);
    }
  }

  /** Nothing that was received is dropped; a member that sends too fast is read more slowly, and its own queue fills up. */
  #slowDown(stream: Stream, index: MemberIndex, amount: { frames: number; bytes: number }): void {
    const nowMs = performance.now();
    const budget = this.#budgetOf(index, nowMs);
    const waitMs = Math.max(budget.frames.spend(amount.frames, nowMs), budget.bytes.spend(amount.bytes, nowMs));
    if (waitMs === 0 || stream.readStatus !== 'readable') return;
    this.#dependencies.counters.count('directSlowed', index);
    stream.pause();
    setTimeout(() => resumeReading(stream), waitMs);
  }

  #budgetOf(index: MemberIndex, nowMs: number): { frames: TokenBucket; bytes: TokenBucket } {
    let budget = this.#budgets.get(index);
    if (budget === undefined) {
      budget = {
        frames: new TokenBucket({ perSecond: this.#limits.directFramesPerSecond, nowMs }),
        bytes: new TokenBucket({ perSecond: this.#limits.directBytesPerSecond, nowMs }),
      };
      this.#budgets.set(index, budget);
    }
    return budget;
  }

  #outboundTo(index: MemberIndex, channel: DirectChannel): DirectOutbound {
    const key = `${index}/${channel}`;
    let outbound = this.#outbound.get(key);
    if (outbound === undefined) {
      const { openStream, isConnected, counters } = this.#dependencies;
      outbound = new DirectOutbound(
        { memberIndex: index, limits: this.#limits },
        { openStream: () => openStream(index, channel), isConnected: () => isConnected(index), counters },
      );
      this.#outbound.set(key, outbound);
    }
    return outbound;
  }
}
