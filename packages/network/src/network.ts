import type { MemberIndex, PublicKey } from '@cairn/primitives';

/** What goes to everyone (protocol sections 4, 5 and 5.6). */
export const GOSSIP_TOPICS = ['batch', 'proposal', 'certified', 'evidence'] as const;
export type GossipTopic = (typeof GOSSIP_TOPICS)[number];

/** Persistent streams between two members: agreement messages (section 5), and the key ceremony (section 9). */
export const DIRECT_CHANNELS = ['agreement', 'dkg'] as const;
export type DirectChannel = (typeof DIRECT_CHANNELS)[number];

/** `sync` answers anyone, within limits (section 5.7); `ceremony` answers members only. */
export const REQUEST_METHODS = ['sync', 'ceremony'] as const;
export type RequestMethod = (typeof REQUEST_METHODS)[number];

/** REJECT costs the peer, IGNORE does not; when unsure whether an honest peer could send it, IGNORE. */
export type GossipVerdict = 'accept' | 'ignore' | 'reject';

/** Who is at the other end, as the noise handshake proved it. Nothing here comes from a message. */
export interface PeerIdentity {
  /** libp2p's name of the identity key. */
  readonly peerId: string;
  /** Present when the identity key is a member's. */
  readonly memberIndex: MemberIndex | undefined;
}

/** A message of a direct stream. The receiver owns `bytes`. */
export interface DirectMessage {
  readonly from: MemberIndex;
  readonly channel: DirectChannel;
  readonly bytes: Uint8Array;
}

/** A question of a peer. The receiver owns `bytes`. */
export interface IncomingRequest {
  readonly peer: PeerIdentity;
  readonly method: RequestMethod;
  readonly bytes: Uint8Array;
}

/** `gossiping` follows `connected` when the member's subscriptions have arrived: from then on it gets what we publish. */
export interface PeerEvent {
  readonly kind: 'connected' | 'gossiping' | 'disconnected';
  readonly memberIndex: MemberIndex;
}

/** Everything that is counted, by name. Grows only. */
export const NETWORK_COUNTERS = [
  'gossipPublished',
  'gossipAccepted',
  'gossipIgnored',
  'gossipRejected',
  'gossipSlowed',
  'gossipRepaired',
  'gossipStreamsRefused',
  'directSent',
  'directReceived',
  'directDropped',
  'directOpened',
  'directRefused',
  'directSlowed',
  'requestsSent',
  'requestsServed',
  'requestsFailed',
  'requestsRefused',
  'framesOversized',
  'framesMalformed',
  'handlersFailed',
  'dialsFailed',
  'connectionsRefused',
  'connectionsReplaced',
  'peersBanned',
] as const;
export type NetworkCounter = (typeof NETWORK_COUNTERS)[number];
export type NetworkCounters = Readonly<Record<NetworkCounter, number>>;

/** One increment of a counter, for telemetry; losing it changes nothing. */
export interface NetworkEvent {
  readonly kind: NetworkCounter;
  readonly amount: number;
  readonly memberIndex: MemberIndex | undefined;
}

/** What the host brings. Handlers may throw: that is counted as `handlersFailed` and hurts nobody else. */
export interface NetworkHandlers {
  /**
   * Called once for each distinct message that arrives on a topic, before it is passed on. The host keeps what it
   * accepts. While verdicts of one peer are outstanding, that peer is slowed down, not the others.
   */
  validateGossip(topic: GossipTopic, bytes: Uint8Array, from: PeerIdentity): GossipVerdict | Promise<GossipVerdict>;
  onDirect(message: DirectMessage): void;
  /** Yields the frames of the answer, each within `responseFrameBytesMax`. */
  onRequest(request: IncomingRequest): AsyncIterable<Uint8Array> | Promise<readonly Uint8Array[]>;
  onPeer?(event: PeerEvent): void;
  onEvent?(event: NetworkEvent): void;
}

/** A committee member as the genesis document or a ceremony's draft names it. */
export interface NetworkMember {
  readonly index: MemberIndex;
  readonly publicKey: PublicKey;
  /** Multiaddrs without a peer id, e.g. `/ip4/127.0.0.1/tcp/4001` or `/dns4/node-1/tcp/4001`. May be empty: then it dials us. */
  readonly addresses: readonly string[];
}

export interface RequestOptions {
  /** Longest wait for the next frame, milliseconds. */
  readonly timeoutMs?: number;
  /** Bound on the sum of all frames, bytes. */
  readonly responseBytesMax?: number;
  /** Bound on the number of frames. */
  readonly framesMax?: number;
  readonly signal?: AbortSignal;
}

/** What is known of one member now. */
export interface PeerStatus {
  readonly memberIndex: MemberIndex;
  readonly publicKey: PublicKey;
  readonly isConnected: boolean;
  /** Whether gossip flows in both directions. */
  readonly isGossiping: boolean;
  /** gossipsub's score: 0 is neutral, below it the member is left out of meshes, far below it is not listened to. */
  readonly score: number;
  /** Frames waiting to be sent directly. */
  readonly queuedFrames: number;
  /** Why the last dial failed, in our own words; absent while connected. */
  readonly lastDialError: string | undefined;
}

/** By how much a member's clock is ahead of ours, from the quickest of its last exchanges. */
export interface ClockOffset {
  readonly memberIndex: MemberIndex;
  /** Milliseconds; positive when the member's clock is ahead. Half of `roundTripMs` is its error bound. */
  readonly offsetMs: number;
  readonly roundTripMs: number;
  readonly measuredAtMs: number;
}

/** The port: opaque bytes between parties that are known by their identity keys. */
export interface Network {
  /** Our own place in the committee; absent for a follower, who may only ask. */
  readonly memberIndex: MemberIndex | undefined;

  /**
   * Sends to all members. Resolves when the message is handed to the streams of those who are connected now; whoever
   * is not must ask later. The same bytes on the same topic travel once within two minutes.
   * @throws NETWORK_FRAME_EXCEEDED, NETWORK_MEMBER_MISSING when we are not a member.
   */
  publish(topic: GossipTopic, bytes: Uint8Array): Promise<void>;

  /**
   * Sends to one member, at most once, in order per channel. While the member is away the newest frames are kept.
   * @returns false when nothing was sent or kept for it, or when an older frame had to be dropped to make room.
   * @throws NETWORK_FRAME_EXCEEDED.
   */
  sendDirect(to: MemberIndex, channel: DirectChannel, bytes: Uint8Array): boolean;

  /**
   * Asks one member. Nothing is sent before the first `next()`.
   * @throws NETWORK_MEMBER_UNKNOWN, NETWORK_MEMBER_MISSING (not connected), NETWORK_REQUEST_TIMEOUT,
   * NETWORK_REQUEST_EXCEEDED (the member refused: too many), NETWORK_RESPONSE_INVALID (it failed or was cut short),
   * NETWORK_RESPONSE_EXCEEDED, NETWORK_FRAME_EXCEEDED.
   */
  request(
    to: MemberIndex,
    method: RequestMethod,
    bytes: Uint8Array,
    options?: RequestOptions,
  ): AsyncIterable<Uint8Array>;

  /** Replaces the committee: connections to those who left are closed, those who came are dialled. */
  setMembers(members: readonly NetworkMember[]): void;

  /** Where we can be reached, with our peer id. */
  addresses(): readonly string[];
  /** One entry for each other member, by index. */
  peers(): readonly PeerStatus[];
  clockOffsets(): readonly ClockOffset[];
  counters(): NetworkCounters;
  stop(): Promise<void>;
}
