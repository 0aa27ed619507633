import { CairnError, type MemberIndex, toHex } from '@cairn/primitives';
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys';
import type { Connection, PrivateKey, Stream } from '@libp2p/interface';
import { encodeTimes } from './clock-offsets.ts';
import { Counters } from './counters.ts';
import { Dialer } from './dialer.ts';
import { DirectStreams } from './direct.ts';
import { Gossip } from './gossip.ts';
import { type Libp2pMetrics, type Libp2pNode, startLibp2p } from './libp2p-node.ts';
import { type Member, MemberRegistry } from './members.ts';
import {
  type ClockOffset,
  DIRECT_CHANNELS,
  type DirectChannel,
  type GossipTopic,
  type Network,
  type NetworkCounters,
  type NetworkHandlers,
  type NetworkMember,
  type PeerEvent,
  type PeerStatus,
  REQUEST_METHODS,
  type RequestMethod,
  type RequestOptions,
} from './network.ts';
import { type NetworkOptions, type ResolvedOptions, resolveOptions } from './options.ts';
import { type BanReason, PeerGate } from './peer-gate.ts';
import { Questions } from './questions.ts';
import { type Answer, RequestServer } from './request-server.ts';

/** What the adapter needs from its host. */
export interface NetworkDependencies {
  readonly handlers: NetworkHandlers;
  /** Unix milliseconds, fractions welcome; default the machine's clock. */
  readonly now?: () => number;
  /** From `prometheusMetrics()`: libp2p's own metrics beside ours. */
  readonly libp2pMetrics?: Libp2pMetrics;
}

/**
 * Starts the network: listens, and goes on dialling every member until it is stopped.
 * @throws NETWORK_OPTIONS_INVALID, NETWORK_ADDRESS_MALFORMED, NETWORK_LISTEN_INVALID.
 */
export async function createNetwork(options: NetworkOptions, dependencies: NetworkDependencies): Promise<Network> {
  const resolved = resolveOptions(options);
  const privateKey = await generateKeyPairFromSeed('Ed25519', resolved.identitySeed);
  const network = new Libp2pNetwork(resolved, { ...dependencies, privateKey });
  await network.start();
  return network;
}

class Libp2pNetwork implements Network {
  readonly #options: ResolvedOptions;
  readonly #handlers: NetworkHandlers;
  readonly #now: () => number;
  readonly #privateKey: PrivateKey;
  readonly #metrics: Libp2pMetrics | undefined;
  readonly #registry: MemberRegistry;
  readonly #counters: Counters;
  readonly #gate: PeerGate;
  readonly #server: RequestServer;
  readonly #direct: DirectStreams;
  readonly #gossip: Gossip;
  readonly #dialer: Dialer;
  readonly #questions: Questions;
  readonly #ownPeerId: string;
  #node: Libp2pNode | undefined;

  constructor(options: ResolvedOptions, dependencies: NetworkDependencies & { privateKey: PrivateKey }) {
    const { handlers, privateKey } = dependencies;
    const { limits } = options;
    this.#options = options;
    this.#handlers = handlers;
    this.#now = dependencies.now ?? (() => performance.timeOrigin + performance.now());
    this.#privateKey = privateKey;
    this.#metrics = dependencies.libp2pMetrics;
    this.#registry = new MemberRegistry(options.members);
    this.#ownPeerId = MemberRegistry.peerIdOf(toHex(privateKey.publicKey.raw));
    this.#counters = new Counters(handlers.onEvent?.bind(handlers));
    this.#gate = new PeerGate(limits, { registry: this.#registry, counters: this.#counters });

    const counters = this.#counters;
    const ban = (connection: Connection, reason: BanReason) => this.#ban(connection, reason);
    const memberOf = (connection: Connection) => this.#registry.byPeerId(connection.remotePeer.toString());
    const isConnected = (index: MemberIndex) => {
      const member = this.#registry.byIndex(index);
      return member !== undefined && this.#connectionsOf(member).length > 0;
    };
    this.#server = new RequestServer(limits, { memberOf, ban, counters });
    this.#direct = new DirectStreams(limits, {
      memberOf,
      ban,
      counters,
      isConnected,
      openStream: (to, channel) => this.#openStream(to, this.#protocol(`direct/${channel}`)),
      onDirect: (message) => handlers.onDirect(message),
    });
    this.#questions = new Questions(limits, {
      counters,
      isConnected,
      now: this.#now,
      openStream: (to, name) => this.#openStream(to, this.#protocol(name)),
    });
    this.#gossip = new Gossip(
      { networkTag: options.networkTag, memberCount: options.members.length, limits },
      {
        ban,
        counters,
        memberOf: (peerIdText) => this.#registry.byPeerId(peerIdText),
        connectionsOf: (member) => this.#connectionsOf(member),
        validateGossip: (topic, bytes, from) => handlers.validateGossip(topic, bytes, from),
        onGossiping: (memberIndex) => this.#tellPeer({ kind: 'gossiping', memberIndex }),
      },
    );
    this.#dialer = new Dialer(
      { ownPeerId: this.#ownPeerId, limits },
      { counters, dial: (member) => this.#dial(member), isConnected: (member) => isConnected(member.index) },
    );
  }

  async start(): Promise<void> {
    const isMember = this.memberIndex !== undefined;
    const node = await startLibp2p(this.#options, {
      privateKey: this.#privateKey,
      gater: this.#gate.gater(),
      gossip: isMember ? this.#gossip.service() : undefined,
      metrics: this.#metrics,
      onCreated: (created) => this.#listen(created),
    });
    this.#node = node;
    this.#gossip.start();
    for (const member of this.#others()) this.#dialer.add(member);
  }

  get memberIndex(): MemberIndex | undefined {
    return this.#registry.byPeerId(this.#ownPeerId)?.index;
  }

  async publish(topic: GossipTopic, bytes: Uint8Array): Promise<void> {
    this.#checkSize(bytes, this.#options.limits.gossipBytesMax);
    if (this.#node?.services.gossip === undefined || this.memberIndex === undefined) {
      throw new CairnError('NETWORK_MEMBER_MISSING', 'only a running member publishes');
    }
    await this.#gossip.publish(topic, bytes);
  }

  sendDirect(to: MemberIndex, channel: DirectChannel, bytes: Uint8Array): boolean {
    this.#checkSize(bytes, this.#options.limits.directFrameBytesMax);
    // An empty frame is a keepalive, so it carries nothing.
    const isKnown = this.#registry.byIndex(to) !== undefined && to !== this.memberIndex;
    if (!isKnown || bytes.length === 0 || this.#node === undefined || this.memberIndex === undefined) return false;
    return this.#direct.send(to, channel, bytes);
  }

  request(
    to: MemberIndex,
    method: RequestMethod,
    bytes: Uint8Array,
    options: RequestOptions = {},
  ): AsyncIterable<Uint8Array> {
    return this.#questions.ask(to, method, bytes, options);
  }

  setMembers(members: readonly NetworkMember[]): void {
    const before = this.#registry.all();
    const isConnected = new Set(before.filter((member) => this.#connectionsOf(member).length > 0));
    this.#registry.replace(members);
    const left = before.filter((member) => this.#registry.byPeerId(member.peerIdText)?.index !== member.index);
    for (const member of left) {
      this.#forget(member);
      if (isConnected.has(member)) this.#tellPeer({ kind: 'disconnected', memberIndex: member.index });
    }
    const known = new Set(before.filter((member) => !left.includes(member)).map(({ peerIdText }) => peerIdText));
    for (const member of this.#others()) {
      // One that came may be connected as a stranger: it starts again as a member.
      if (!known.has(member.peerIdText)) this.#disconnect(member);
      this.#dialer.add(member);
    }
    this.#gate.recount();
  }

  addresses(): readonly string[] {
    return this.#node?.getMultiaddrs().map((address) => address.toString()) ?? [];
  }

  peers(): readonly PeerStatus[] {
    return this.#others().map((member) => {
      const isConnected = this.#connectionsOf(member).length > 0;
      return {
        memberIndex: member.index,
        publicKey: member.publicKey,
        isConnected,
        isGossiping: this.#gossip.isGossiping(member.index),
        score: this.#gossip.scoreOf(member),
        queuedFrames: this.#direct.queuedFrames(member.index),
        lastDialError: isConnected ? undefined : this.#dialer.lastError(member.index),
      };
    });
  }

  clockOffsets(): readonly ClockOffset[] {
    return this.#questions.clocks.best();
  }

  counters(): NetworkCounters {
    return this.#counters.snapshot();
  }

  async stop(): Promise<void> {
    const node = this.#node;
    this.#node = undefined;
    this.#questions.stop();
    this.#dialer.stop();
    this.#gossip.stop();
    this.#direct.stop();
    await node?.stop();
  }

  #others(): readonly Member[] {
    return this.#registry.all().filter((member) => member.peerIdText !== this.#ownPeerId);
  }

  #protocol(name: string): string {
    return `/cairn/${this.#options.networkTag}/${name}/1`;
  }

  #checkSize(bytes: Uint8Array, bytesMax: number): void {
    if (bytes.length <= bytesMax) return;
    throw new CairnError('NETWORK_FRAME_EXCEEDED', 'a message is too large', { length: bytes.length, bytesMax });
  }

  /** Before libp2p listens: a peer must not meet a node that does not yet know its protocols. */
  async #listen(node: Libp2pNode): Promise<void> {
    if (node.services.gossip !== undefined) this.#gossip.attach(node.services.gossip);
    node.addEventListener('connection:open', ({ detail }) => this.#opened(detail));
    node.addEventListener('connection:close', ({ detail }) => this.#closed(detail));
    for (const channel of DIRECT_CHANNELS) {
      const accept = (stream: Stream, connection: Connection) => this.#direct.accept(channel, stream, connection);
      await node.handle(this.#protocol(`direct/${channel}`), accept, { maxInboundStreams: 2 });
    }
    for (const method of REQUEST_METHODS) {
      const answer: Answer = (peer, bytes) => this.#handlers.onRequest({ peer, method, bytes });
      await this.#serve(node, method, { isPublic: method === 'sync', answer });
    }
    await this.#serve(node, 'time', {
      isPublic: true,
      answer: async () => {
        const receivedAtMs = this.#now();
        return [encodeTimes({ receivedAtMs, answeredAtMs: this.#now() })];
      },
    });
  }

  async #serve(node: Libp2pNode, method: string, options: { isPublic: boolean; answer: Answer }): Promise<void> {
    await node.handle(
      this.#protocol(`request/${method}`),
      (stream, connection) => void this.#server.serve(stream, connection, options),
      { maxInboundStreams: this.#options.limits.requestsAtOnceMember + 4 },
    );
  }

  #connectionsOf(member: Member): readonly Connection[] {
    return this.#gate.connectionsOf(member.peerIdText);
  }

  #opened(connection: Connection): void {
    const member = this.#registry.byPeerId(connection.remotePeer.toString());
    const older = this.#gate.connectionsOf(connection.remotePeer.toString());
    if (!this.#gate.add(connection)) {
      this.#counters.count('connectionsRefused');
      connection.abort(new Error('too many strangers'));
      return;
    }
    if (member === undefined) return;
    for (const previous of connection.direction === 'inbound' ? older : []) {
      if (Date.now() - previous.timeline.open < this.#options.limits.staleConnectionMs) continue;
      this.#counters.count('connectionsReplaced', member.index);
      previous.abort(new Error('replaced by a newer connection'));
    }
    this.#direct.connected(member.index);
    this.#gossip.connected(member, connection);
    if (older.length > 0) return;
    this.#questions.connected(member.index);
    this.#tellPeer({ kind: 'connected', memberIndex: member.index });
  }

  #closed(connection: Connection): void {
    const peerIdText = connection.remotePeer.toString();
    const isLast = this.#gate.remove(connection);
    const member = this.#registry.byPeerId(peerIdText);
    if (member === undefined) {
      // libp2p remembers every peer it has met; strangers could fill its memory.
      if (isLast) void this.#node?.peerStore.delete(connection.remotePeer).catch(() => {});
      return;
    }
    this.#gossip.connectionLost(member);
    if (!isLast) return;
    this.#questions.disconnected(member.index);
    this.#dialer.disconnected(member.index);
    this.#tellPeer({ kind: 'disconnected', memberIndex: member.index });
  }

  #forget(member: Member): void {
    this.#dialer.remove(member.index);
    this.#direct.remove(member.index);
    this.#questions.disconnected(member.index);
    this.#questions.clocks.remove(member.index);
    this.#gossip.forget(member);
    this.#disconnect(member);
  }

  #disconnect(member: Member): void {
    for (const connection of this.#connectionsOf(member)) connection.abort(new Error('committee changed'));
  }

  #ban(connection: Connection, reason: BanReason): void {
    const peerIdText = connection.remotePeer.toString();
    const index = this.#registry.byPeerId(peerIdText)?.index;
    if (reason === 'oversized') this.#counters.count('framesOversized', index);
    if (reason === 'malformed') this.#counters.count('framesMalformed', index);
    this.#gate.ban(peerIdText);
  }

  #tellPeer(event: PeerEvent): void {
    try {
      this.#handlers.onPeer?.(event);
    } catch {
      this.#counters.count('handlersFailed', event.memberIndex);
    }
  }

  async #dial(member: Member): Promise<void> {
    await this.#node?.dial([...member.addresses], { signal: AbortSignal.timeout(this.#options.limits.dialTimeoutMs) });
  }

  async #openStream(to: MemberIndex, protocol: string): Promise<Stream> {
    const member = this.#registry.byIndex(to);
    if (member === undefined) throw new CairnError('NETWORK_MEMBER_UNKNOWN', 'no such member', { memberIndex: to });
    const connection = this.#connectionsOf(member)[0];
    if (connection === undefined) {
      throw new CairnError('NETWORK_MEMBER_MISSING', 'the member is not connected', { memberIndex: to });
    }
    const signal = AbortSignal.timeout(this.#options.limits.handshakeTimeoutMs);
    try {
      return await connection.newStream(protocol, { signal });
    } catch (cause) {
      throw new CairnError('NETWORK_MEMBER_MISSING', 'the member opens no stream', { memberIndex: to }, { cause });
    }
  }
}
