import { hash } from 'node:crypto';
import { CairnError, type MemberIndex, type PublicKey } from '@cairn/primitives';
import { Counters } from '../counters.ts';
import type {
  ClockOffset,
  DirectChannel,
  GossipTopic,
  Network,
  NetworkCounters,
  NetworkHandlers,
  NetworkMember,
  PeerIdentity,
  PeerStatus,
  RequestMethod,
  RequestOptions,
} from '../network.ts';
import { defaultLimits, type NetworkLimits } from '../options.ts';

export interface MemoryNetworkOptions {
  /** The identity key; nothing is signed here, so the public half is enough. */
  readonly publicKey: PublicKey;
  readonly members: readonly NetworkMember[];
  readonly networkTag: string;
  readonly limits?: Partial<NetworkLimits>;
}

/** The wire of the double: who is up, and nothing else. */
export class MemoryHub {
  readonly #up = new Map<string, MemoryNetwork>();

  /** @returns a running network, connected to whoever is up on this hub under the same tag. */
  start(options: MemoryNetworkOptions, handlers: NetworkHandlers): Network {
    const network = new MemoryNetwork(options, handlers, this);
    this.#up.set(`${options.networkTag}/${options.publicKey}`, network);
    for (const other of this.othersOf(network)) {
      network.met(other);
      other.met(network);
    }
    return network;
  }

  find(tag: string, publicKey: PublicKey): MemoryNetwork | undefined {
    return this.#up.get(`${tag}/${publicKey}`);
  }

  othersOf(network: MemoryNetwork): readonly MemoryNetwork[] {
    return [...this.#up.values()].filter((other) => other !== network && other.tag === network.tag);
  }

  leave(network: MemoryNetwork): void {
    const key = `${network.tag}/${network.publicKey}`;
    if (this.#up.get(key) !== network) return;
    this.#up.delete(key);
    for (const other of this.othersOf(network)) other.lost(network);
  }
}

/** The port without sockets: everything arrives one turn of the event loop later, in order, unless the receiver is away. */
export class MemoryNetwork implements Network {
  readonly tag: string;
  readonly publicKey: PublicKey;
  readonly #hub: MemoryHub;
  readonly #handlers: NetworkHandlers;
  readonly #limits: NetworkLimits;
  readonly #counters: Counters;
  readonly #seen = new Set<string>();
  readonly #queues = new Map<string, { channel: DirectChannel; bytes: Uint8Array }[]>();
  #members: readonly NetworkMember[];
  #isStopped = false;

  constructor(options: MemoryNetworkOptions, handlers: NetworkHandlers, hub: MemoryHub) {
    this.tag = options.networkTag;
    this.publicKey = options.publicKey;
    this.#members = options.members;
    this.#limits = { ...defaultLimits, ...options.limits };
    this.#handlers = handlers;
    this.#hub = hub;
    this.#counters = new Counters(handlers.onEvent?.bind(handlers));
  }

  get memberIndex(): MemberIndex | undefined {
    return this.#indexOf(this.publicKey);
  }

  async publish(topic: GossipTopic, bytes: Uint8Array): Promise<void> {
    this.#checkSize(bytes, this.#limits.gossipBytesMax);
    if (this.memberIndex === undefined || this.#isStopped) {
      throw new CairnError('NETWORK_MEMBER_MISSING', 'only a running member publishes');
    }
    if (!this.#isNew(topic, bytes)) return;
    this.#counters.count('gossipPublished');
    for (const other of this.#reachable()) other.arrive(topic, new Uint8Array(bytes), this);
  }

  sendDirect(to: MemberIndex, channel: DirectChannel, bytes: Uint8Array): boolean {
    this.#checkSize(bytes, this.#limits.directFrameBytesMax);
    const member = this.#members.find(({ index }) => index === to);
    if (member === undefined || member.publicKey === this.publicKey || bytes.length === 0) return false;
    if (this.memberIndex === undefined || this.#isStopped) return false;
    const queue = this.#queues.get(member.publicKey) ?? [];
    this.#queues.set(member.publicKey, queue);
    queue.push({ channel, bytes: new Uint8Array(bytes) });
    this.#flushTo(member.publicKey);
    if (queue.length <= this.#limits.directQueueFramesMax) return true;
    queue.shift();
    this.#counters.count('directDropped', to);
    return false;
  }

  async *request(
    to: MemberIndex,
    method: RequestMethod,
    bytes: Uint8Array,
    options: RequestOptions = {},
  ): AsyncGenerator<Uint8Array> {
    this.#checkSize(bytes, this.#limits.requestBytesMax);
    const member = this.#members.find(({ index }) => index === to);
    if (member === undefined) throw this.#error('NETWORK_MEMBER_UNKNOWN', to);
    const other = this.#hub.find(this.tag, member.publicKey);
    if (other === undefined || this.#isStopped) throw this.#error('NETWORK_MEMBER_MISSING', to);
    let framesLeft = options.framesMax ?? this.#limits.responseFramesMax;
    let bytesLeft = options.responseBytesMax ?? this.#limits.responseBytesMax;
    const frames = other.answer(method, new Uint8Array(bytes), this);
    try {
      for (;;) {
        const next = await this.#inTime(frames.next(), to, options);
        if (next.done) return;
        framesLeft -= 1;
        bytesLeft -= next.value.length;
        if (framesLeft < 0 || bytesLeft < 0) throw this.#error('NETWORK_RESPONSE_EXCEEDED', to);
        yield next.value;
      }
    } finally {
      void frames.return(undefined).catch(() => {});
    }
  }

  setMembers(members: readonly NetworkMember[]): void {
    this.#members = members;
  }

  addresses(): readonly string[] {
    return [`/memory/${this.publicKey}`];
  }

  peers(): readonly PeerStatus[] {
    const others = this.#members.filter(({ publicKey }) => publicKey !== this.publicKey);
    return others.map(({ index, publicKey }) => {
      const isConnected = !this.#isStopped && this.#hub.find(this.tag, publicKey) !== undefined;
      const queuedFrames = this.#queues.get(publicKey)?.length ?? 0;
      const status = { memberIndex: index, publicKey, isConnected, isGossiping: isConnected, score: 0, queuedFrames };
      return { ...status, lastDialError: isConnected ? undefined : 'ECONNREFUSED' };
    });
  }

  clockOffsets(): readonly ClockOffset[] {
    const connected = this.peers().filter(({ isConnected }) => isConnected);
    return connected.map(({ memberIndex }) => ({ memberIndex, offsetMs: 0, roundTripMs: 0, measuredAtMs: Date.now() }));
  }

  counters(): NetworkCounters {
    return this.#counters.snapshot();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#hub.leave(this);
  }

  /** Called by the hub. */
  met(other: MemoryNetwork): void {
    const memberIndex = this.#indexOf(other.publicKey);
    if (memberIndex === undefined) return;
    setImmediate(() => {
      this.#guard(() => this.#handlers.onPeer?.({ kind: 'connected', memberIndex }));
      this.#flushTo(other.publicKey);
      if (this.memberIndex === undefined) return;
      this.#guard(() => this.#handlers.onPeer?.({ kind: 'gossiping', memberIndex }));
    });
  }

  /** Called by the hub. */
  lost(other: MemoryNetwork): void {
    const memberIndex = this.#indexOf(other.publicKey);
    if (memberIndex === undefined) return;
    setImmediate(() => this.#guard(() => this.#handlers.onPeer?.({ kind: 'disconnected', memberIndex })));
  }

  /** Called by the sender. */
  arrive(topic: GossipTopic, bytes: Uint8Array, sender: MemoryNetwork): void {
    const from = this.#identityOf(sender);
    // Members speak gossip among themselves only.
    if (from.memberIndex === undefined || this.memberIndex === undefined || !this.#isNew(topic, bytes)) return;
    setImmediate(() => {
      if (this.#isStopped) return;
      void (async () => {
        let verdict: 'accept' | 'ignore' | 'reject' = 'ignore';
        try {
          verdict = await this.#handlers.validateGossip(topic, bytes, from);
        } catch {
          this.#counters.count('handlersFailed', from.memberIndex);
        }
        const counter = { accept: 'gossipAccepted', ignore: 'gossipIgnored', reject: 'gossipRejected' } as const;
        this.#counters.count(counter[verdict], from.memberIndex);
      })();
    });
  }

  /** Called by the sender. */
  receive(channel: DirectChannel, bytes: Uint8Array, sender: MemoryNetwork): void {
    const from = this.#indexOf(sender.publicKey);
    if (from === undefined) {
      this.#counters.count('directRefused');
      return;
    }
    setImmediate(() => {
      if (this.#isStopped) return;
      this.#counters.count('directReceived', from);
      this.#guard(() => this.#handlers.onDirect({ from, channel, bytes }));
    });
  }

  /** Called by the asker. */
  async *answer(method: RequestMethod, bytes: Uint8Array, asker: MemoryNetwork): AsyncGenerator<Uint8Array> {
    const peer = this.#identityOf(asker);
    if (method !== 'sync' && peer.memberIndex === undefined) {
      this.#counters.count('requestsRefused');
      throw asker.#error('NETWORK_REQUEST_EXCEEDED', this.memberIndex ?? -1);
    }
    try {
      const answer = this.#handlers.onRequest({ peer, method, bytes });
      for await (const frame of Symbol.asyncIterator in answer ? answer : await answer) {
        if (frame.length > this.#limits.responseFrameBytesMax) throw new Error('frame of an answer is too large');
        yield new Uint8Array(frame);
      }
    } catch {
      this.#counters.count('handlersFailed', peer.memberIndex);
      throw asker.#error('NETWORK_RESPONSE_INVALID', this.memberIndex ?? -1);
    }
    this.#counters.count('requestsServed', peer.memberIndex);
  }

  #flushTo(publicKey: PublicKey): void {
    const receiver = this.#hub.find(this.tag, publicKey);
    const queue = this.#queues.get(publicKey);
    if (receiver === undefined || queue === undefined || this.#isStopped) return;
    for (const { channel, bytes } of queue.splice(0)) {
      this.#counters.count('directSent', this.#indexOf(publicKey));
      receiver.receive(channel, bytes, this);
    }
  }

  #reachable(): readonly MemoryNetwork[] {
    return this.#hub.othersOf(this).filter((other) => this.#indexOf(other.publicKey) !== undefined);
  }

  #isNew(topic: GossipTopic, bytes: Uint8Array): boolean {
    const id = `${topic}/${hash('sha256', bytes, 'hex')}`;
    if (this.#seen.has(id)) return false;
    this.#seen.add(id);
    return true;
  }

  #indexOf(publicKey: PublicKey): MemberIndex | undefined {
    return this.#members.find((member) => member.publicKey === publicKey)?.index;
  }

  #identityOf(other: MemoryNetwork): PeerIdentity {
    return { peerId: other.publicKey, memberIndex: this.#indexOf(other.publicKey) };
  }

  async #inTime<T>(promise: Promise<T>, to: MemberIndex, options: RequestOptions): Promise<T> {
    const timeout = Promise.withResolvers<never>();
    const fail = (code: string) => () => timeout.reject(this.#error(code, to));
    const timer = setTimeout(fail('NETWORK_REQUEST_TIMEOUT'), options.timeoutMs ?? this.#limits.requestTimeoutMs);
    const onAbort = fail('NETWORK_RESPONSE_INVALID');
    options.signal?.addEventListener('abort', onAbort);
    try {
      return await Promise.race([promise, timeout.promise]);
    } finally {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', onAbort);
    }
  }

  #checkSize(bytes: Uint8Array, bytesMax: number): void {
    if (bytes.length <= bytesMax) return;
    throw new CairnError('NETWORK_FRAME_EXCEEDED', 'a message is too large', { length: bytes.length, bytesMax });
  }

  #error(code: string, memberIndex: MemberIndex): CairnError {
    return new CairnError(code, 'memory network', { memberIndex });
  }

  #guard(act: () => void): void {
    if (this.#isStopped) return;
    try {
      act();
    } catch {
      this.#counters.count('handlersFailed');
    }
  }
}
