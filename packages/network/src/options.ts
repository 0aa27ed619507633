import { CairnError } from '@cairn/primitives';
import type { NetworkMember } from './network.ts';

/** Engineering bounds. Bytes, milliseconds and counts; rates are per second. */
export const defaultLimits = {
  gossipBytesMax: 1024 * 1024,
  /** Unsent gossip for one peer; beyond it that peer's stream is reset. */
  gossipBufferBytesMax: 16 * 1024 * 1024,
  /** Verdicts outstanding for one peer before it is slowed down. */
  gossipPendingMax: 64,
  gossipMessagesPerSecond: 1_000,
  gossipBytesPerSecond: 32 * 1024 * 1024,
  gossipMeshDegree: 4,
  /** Up to this many members a publisher sends to all at once; in larger committees it relies on the mesh. */
  gossipFloodMembersMax: 16,
  gossipHeartbeatMs: 1_000,
  /** A connected member with no gossip for this long gets its streams opened again; after three times that a new connection. */
  gossipRepairMs: 3_000,

  directFrameBytesMax: 256 * 1024,
  directQueueFramesMax: 1_024,
  directQueueBytesMax: 4 * 1024 * 1024,
  directBytesPerSecond: 16 * 1024 * 1024,
  directFramesPerSecond: 5_000,
  /** Shorter than the 120 s after which idle sockets and streams are reset. */
  directKeepaliveMs: 30_000,

  requestBytesMax: 64 * 1024,
  responseFrameBytesMax: 4 * 1024 * 1024,
  responseFramesMax: 4_096,
  responseBytesMax: 256 * 1024 * 1024,
  requestTimeoutMs: 10_000,
  /** A reader that takes no byte of an answer for this long is cut off. */
  responseStallMs: 10_000,
  requestsPerSecondMember: 100,
  requestsPerSecondStranger: 10,
  requestsAtOnceMember: 16,
  requestsAtOnceStranger: 2,
  requestsAtOnceTotal: 64,
  responseBytesPerSecondStranger: 8 * 1024 * 1024,

  strangersMax: 32,
  connectionsPerPeerMax: 4,
  streamsPerConnectionMax: 64,
  inboundConnectionsPerHostAndSecond: 100,
  inboundPendingMax: 128,
  handshakeTimeoutMs: 4_000,
  dialTimeoutMs: 4_000,
  /** Two members that start together dial each other; the one with the greater peer id lets the other try first. */
  dialCourtesyMs: 150,
  dialBackoffMinMs: 50,
  dialBackoffMaxMs: 5_000,
  /** A connection that is older than this when its member dials again is dead at the member's end. */
  staleConnectionMs: 3_000,
  /** How long a peer that sent an oversized or malformed frame stays out. */
  banMs: 30_000,
  /** Refused requests, per second on average, that make a ban. */
  refusalsPerSecond: 50,
  clockIntervalMs: 15_000,
  idlePingMs: 10_000,
};
export type NetworkLimits = Readonly<typeof defaultLimits>;

export interface NetworkOptions {
  /** 32-byte Ed25519 seed of the identity key. Never logged, never in an error. */
  readonly identitySeed: Uint8Array;
  /** Multiaddrs; default one ephemeral port of 127.0.0.1. An empty list listens nowhere. */
  readonly listen?: readonly string[];
  readonly members: readonly NetworkMember[];
  /** Hex of the network id, or of the ceremony id before there is one: peers of another tag cannot even finish a handshake. */
  readonly networkTag: string;
  readonly limits?: Partial<NetworkLimits>;
}

export interface ResolvedOptions {
  readonly identitySeed: Uint8Array;
  readonly listen: readonly string[];
  readonly members: readonly NetworkMember[];
  readonly networkTag: string;
  readonly limits: NetworkLimits;
}

const TAG = /^[0-9a-f]{8,64}$/;

/** @throws NETWORK_OPTIONS_INVALID naming the option. */
export function resolveOptions(options: NetworkOptions): ResolvedOptions {
  const invalid = (option: string) =>
    new CairnError('NETWORK_OPTIONS_INVALID', `option ${option} is invalid`, { option });
  if (options.identitySeed.length !== 32) throw invalid('identitySeed');
  if (!TAG.test(options.networkTag)) throw invalid('networkTag');
  for (const [name, value] of Object.entries(options.limits ?? {})) {
    if (!(name in defaultLimits)) throw invalid(`limits.${name}`);
    if (!Number.isSafeInteger(value) || value < 1) throw invalid(`limits.${name}`);
  }
  return {
    identitySeed: options.identitySeed,
    listen: options.listen ?? ['/ip4/127.0.0.1/tcp/0'],
    members: options.members,
    networkTag: options.networkTag,
    limits: { ...defaultLimits, ...options.limits },
  };
}
