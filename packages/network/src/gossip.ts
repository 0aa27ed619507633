import { hash } from 'node:crypto';
import type { MemberIndex } from '@cairn/primitives';
import { fromHex, utf8 } from '@cairn/primitives';
import {
  type GossipSub,
  type GossipSubComponents,
  gossipsub,
  StrictNoSign,
  TopicValidatorResult,
} from '@libp2p/gossipsub';
import type { Connection, PeerId, Stream, StreamMessageEvent, Topology } from '@libp2p/interface';
import type { Counters } from './counters.ts';
import { memberOnlyRegistrar, VarintFrameWatch } from './gossip-door.ts';
import { gossipParameters } from './gossip-parameters.ts';
import type { Member } from './members.ts';
import { GOSSIP_TOPICS, type GossipTopic, type GossipVerdict, type PeerIdentity } from './network.ts';
import type { NetworkLimits } from './options.ts';
import type { BanReason } from './peer-gate.ts';
import { resumeReading } from './resume-reading.ts';
import { TokenBucket } from './token-bucket.ts';

/** The parts of gossipsub's class that its exported interface leaves out. */
interface GossipInternals extends GossipSub {
  readonly streamsInbound: ReadonlyMap<string, { readonly rawStream: Stream }>;
  readonly streamsOutbound: ReadonlyMap<string, { readonly rawStream: Stream }>;
  getScore(peerId: string): number;
  getMeshPeers(topic: string): string[];
  reportMessageValidationResult(messageId: string, source: string, acceptance: TopicValidatorResult): void;
}

interface Dependencies {
  memberOf(peerIdText: string): Member | undefined;
  /** Newest first. */
  connectionsOf(member: Member): readonly Connection[];
  validateGossip(topic: GossipTopic, bytes: Uint8Array, from: PeerIdentity): GossipVerdict | Promise<GossipVerdict>;
  onGossiping(index: MemberIndex): void;
  ban(connection: Connection, reason: BanReason): void;
  counters: Counters;
}

interface Inflow {
  readonly messages: TokenBucket;
  readonly bytes: TokenBucket;
  pending: number;
  stream: Stream | undefined;
  /** The stream is not read before this time of `performance.now()`. */
  pausedUntilMs: number;
}

/** gossipsub does not say when it has opened a stream. */
const STREAM_POLL_MS = 10;

const ACCEPTANCE: Readonly<Record<GossipVerdict, TopicValidatorResult>> = {
  accept: TopicValidatorResult.Accept,
  ignore: TopicValidatorResult.Ignore,
  reject: TopicValidatorResult.Reject,
};

/** gossipsub between members: verdicts, back pressure by sender, and repair of streams that were lost on the way. */
export class Gossip {
  readonly #options: { networkTag: string; memberCount: number; limits: NetworkLimits };
  readonly #dependencies: Dependencies;
  readonly #topicOf: ReadonlyMap<string, GossipTopic>;
  readonly #inflows = new Map<string, Inflow>();
  readonly #deafSinceMs = new Map<MemberIndex, number>();
  readonly #gossiping = new Set<MemberIndex>();
  #topology: Topology | undefined;
  #pubsub: GossipInternals | undefined;
  #watchdog: NodeJS.Timeout | undefined;

  constructor(options: { networkTag: string; memberCount: number; limits: NetworkLimits }, dependencies: Dependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#topicOf = new Map(GOSSIP_TOPICS.map((topic) => [this.#topicName(topic), topic]));
  }

  /** The libp2p service. */
  service(): (components: GossipSubComponents) => GossipSub {
    const { limits } = this.#options;
    const create = gossipsub({
      ...gossipParameters({ ...this.#options, topics: [...this.#topicOf.keys()] }),
      globalSignaturePolicy: StrictNoSign,
      asyncValidation: true,
      // The topic is part of the id. Otherwise a member could send a batch under a topic where it is refused, and the
      // batch itself would then count as seen.
      msgIdFn: (message) => {
        const id = Buffer.concat([utf8(message.topic), new Uint8Array(1), message.data]);
        return fromHex(hash('sha256', id, 'hex'));
      },
      msgIdToStrFn: (id) => Buffer.from(id).toString('latin1'),
      maxInboundDataLength: rpcBytesMax(limits),
      maxOutboundBufferSize: limits.gossipBufferBytesMax,
    });
    return (components) =>
      create({
        privateKey: components.privateKey,
        peerId: components.peerId,
        peerStore: components.peerStore,
        connectionManager: components.connectionManager,
        logger: components.logger,
        registrar: memberOnlyRegistrar(components.registrar, {
          isMember: (connection) => this.#dependencies.memberOf(connection.remotePeer.toString()) !== undefined,
          onRefused: () => this.#dependencies.counters.count('gossipStreamsRefused'),
          onStream: (stream, connection) => this.#watchStream(stream, connection),
          onTopology: (topology) => {
            this.#topology = topology;
          },
        }),
      });
  }

  /** Before libp2p starts, so that no event is missed. */
  attach(pubsub: GossipSub): void {
    const internals = pubsub as GossipInternals;
    this.#pubsub = internals;
    internals.addEventListener('gossipsub:message', ({ detail }) => {
      void this.#judge(detail.msgId, detail.propagationSource, detail.msg.topic, detail.msg.data);
    });
    internals.addEventListener('subscription-change', ({ detail }) => this.#notice(detail.peerId));
  }

  start(): void {
    if (this.#pubsub === undefined) return;
    for (const topic of this.#topicOf.keys()) this.#pubsub.subscribe(topic);
    this.#watchdog = setInterval(() => this.#repair(), this.#options.limits.gossipHeartbeatMs);
  }

  stop(): void {
    clearInterval(this.#watchdog);
    this.#pubsub = undefined;
  }

  async publish(topic: GossipTopic, bytes: Uint8Array): Promise<void> {
    if (this.#pubsub === undefined) return;
    // A copy: gossipsub keeps it for those who ask for it later.
    await this.#pubsub.publish(this.#topicName(topic), new Uint8Array(bytes));
    this.#dependencies.counters.count('gossipPublished');
  }

  scoreOf(member: Member): number {
    return this.#pubsub?.getScore(member.peerIdText) ?? 0;
  }

  isGossiping(index: MemberIndex): boolean {
    return this.#gossiping.has(index);
  }

  /** A connection opened: if an older one is still there, gossipsub's stream on it may be dead. */
  connected(member: Member, connection: Connection): void {
    this.#openStream(member, connection);
  }

  connectionLost(member: Member): void {
    const newest = this.#dependencies.connectionsOf(member)[0];
    if (newest !== undefined) {
      this.#openStream(member, newest);
      return;
    }
    this.forget(member);
  }

  forget(member: Member): void {
    this.#gossiping.delete(member.index);
    this.#deafSinceMs.delete(member.index);
    this.#inflows.delete(member.peerIdText);
  }

  #openStream(member: Member, connection: Connection): void {
    const pubsub = this.#pubsub;
    if (pubsub === undefined || connection.status !== 'open' || pubsub.streamsOutbound.has(member.peerIdText)) return;
    this.#topology?.onConnect?.(member.peerId, connection);
  }

  #topicName(topic: GossipTopic): string {
    return `/cairn/${this.#options.networkTag}/gossip/${topic}/1`;
  }

  /** A member gets what we publish once its subscriptions are here and our stream to it is open, in whichever order. */
  #notice(peerId: PeerId): void {
    const member = this.#dependencies.memberOf(peerId.toString());
    const pubsub = this.#pubsub;
    if (pubsub === undefined || member === undefined || this.#gossiping.has(member.index)) return;
    const isSubscribed = [...this.#topicOf.keys()].every((topic) =>
      pubsub.getSubscribers(topic).some((subscriber) => subscriber.equals(peerId)),
    );
    if (!isSubscribed || this.#dependencies.connectionsOf(member).length === 0) return;
    if (!pubsub.streamsOutbound.has(member.peerIdText)) {
      setTimeout(() => this.#notice(peerId), STREAM_POLL_MS);
      return;
    }
    this.#gossiping.add(member.index);
    this.#dependencies.onGossiping(member.index);
  }

  async #judge(messageId: string, source: PeerId, topicName: string, data: Uint8Array): Promise<void> {
    const peerId = source.toString();
    const { counters } = this.#dependencies;
    const topic = this.#topicOf.get(topicName);
    const member = this.#dependencies.memberOf(peerId);
    const report = (verdict: GossipVerdict) =>
      this.#pubsub?.reportMessageValidationResult(messageId, peerId, ACCEPTANCE[verdict]);
    // [REJECT] a message on a topic of another network, or longer than allowed, whatever else it is.
    if (topic === undefined || data.length > this.#options.limits.gossipBytesMax) {
      counters.count('gossipRejected', member?.index);
      report('reject');
      return;
    }
    // [IGNORE] its sender left the committee a moment ago.
    if (member === undefined) {
      counters.count('gossipIgnored');
      report('ignore');
      return;
    }
    const inflow = this.#inflowOf(peerId);
    inflow.pending += 1;
    this.#slowDown(inflow, member.index, inflow.messages.spend(1, performance.now()));
    let verdict: GossipVerdict = 'ignore';
    try {
      verdict = await this.#dependencies.validateGossip(topic, new Uint8Array(data), {
        peerId,
        memberIndex: member.index,
      });
    } catch {
      counters.count('handlersFailed', member.index);
    }
    inflow.pending -= 1;
    this.#resume(inflow);
    const counter = { accept: 'gossipAccepted', ignore: 'gossipIgnored', reject: 'gossipRejected' } as const;
    counters.count(counter[verdict], member.index);
    report(verdict);
  }

  /**
   * What comes too fast is read more slowly, not ignored: a message that is ignored counts as seen, so a member that
   * floods could have others' messages ignored by sending them first.
   */
  #watchStream(stream: Stream, connection: Connection): void {
    const peerId = connection.remotePeer.toString();
    const member = this.#dependencies.memberOf(peerId);
    const inflow = this.#inflowOf(peerId);
    inflow.stream = stream;
    const watch = new VarintFrameWatch(rpcBytesMax(this.#options.limits));
    const onMessage = (event: StreamMessageEvent) => {
      const verdict = watch.judge(event);
      if (verdict !== 'accept') {
        stream.removeEventListener('message', onMessage);
        this.#dependencies.ban(connection, verdict);
        return;
      }
      this.#slowDown(inflow, member?.index, inflow.bytes.spend(event.data.byteLength, performance.now()));
    };
    stream.addEventListener('message', onMessage);
    stream.addEventListener('close', () => {
      if (inflow.stream === stream) inflow.stream = undefined;
    });
  }

  #inflowOf(peerId: string): Inflow {
    let inflow = this.#inflows.get(peerId);
    if (inflow === undefined) {
      const { limits } = this.#options;
      const nowMs = performance.now();
      inflow = {
        messages: new TokenBucket({ perSecond: limits.gossipMessagesPerSecond, nowMs }),
        bytes: new TokenBucket({ perSecond: limits.gossipBytesPerSecond, nowMs }),
        pending: 0,
        stream: undefined,
        pausedUntilMs: 0,
      };
      this.#inflows.set(peerId, inflow);
    }
    return inflow;
  }

  #slowDown(inflow: Inflow, index: MemberIndex | undefined, waitMs: number): void {
    if (waitMs > 0) {
      inflow.pausedUntilMs = Math.max(inflow.pausedUntilMs, performance.now() + waitMs);
      setTimeout(() => this.#resume(inflow), waitMs + 1);
    }
    const isOver = waitMs > 0 || inflow.pending >= this.#options.limits.gossipPendingMax;
    if (!isOver || inflow.stream?.readStatus !== 'readable') return;
    this.#dependencies.counters.count('gossipSlowed', index);
    inflow.stream.pause();
  }

  #resume(inflow: Inflow): void {
    if (inflow.stream?.readStatus !== 'paused') return;
    if (inflow.pending >= this.#options.limits.gossipPendingMax || performance.now() < inflow.pausedUntilMs) return;
    resumeReading(inflow.stream);
  }

  /**
   * A member that is connected but has no gossip stream in one direction is deaf or dumb until its next connection
   * (gossipsub opens streams only then). First our stream is opened again, then the connection is given up.
   */
  #repair(): void {
    const { gossipRepairMs } = this.#options.limits;
    const nowMs = performance.now();
    for (const member of this.#connectedMembers()) {
      // gossipsub keeps streams in its maps that are closed already: inbound ones always, outbound ones that were reset
      // while they were negotiated. So the streams themselves are asked.
      const outbound = this.#pubsub?.streamsOutbound.get(member.peerIdText)?.rawStream.status;
      const inbound = this.#pubsub?.streamsInbound.get(member.peerIdText)?.rawStream.status;
      if (outbound === 'open' && inbound === 'open') {
        this.#deafSinceMs.delete(member.index);
        continue;
      }
      const sinceMs = this.#deafSinceMs.get(member.index) ?? nowMs;
      this.#deafSinceMs.set(member.index, sinceMs);
      if (nowMs - sinceMs < gossipRepairMs) continue;
      this.#dependencies.counters.count('gossipRepaired', member.index);
      const connections = this.#dependencies.connectionsOf(member);
      if (nowMs - sinceMs < 3 * gossipRepairMs && outbound === undefined) {
        this.#openStream(member, connections[0] as Connection);
        continue;
      }
      this.#deafSinceMs.delete(member.index);
      for (const connection of connections) connection.abort(new Error('no gossip'));
    }
  }

  *#connectedMembers(): Generator<Member> {
    for (const [peerIdText] of new Map(this.#inflows)) {
      const member = this.#dependencies.memberOf(peerIdText);
      if (member !== undefined && this.#dependencies.connectionsOf(member).length > 0) yield member;
    }
  }
}

/** One RPC may carry several messages and their envelope. */
function rpcBytesMax(limits: NetworkLimits): number {
  return 2 * limits.gossipBytesMax + 64 * 1024;
}
