import { CairnError, utf8 } from '@cairn/primitives';
import { noise } from '@chainsafe/libp2p-noise';
import { yamux } from '@chainsafe/libp2p-yamux';
import type { GossipSub, GossipSubComponents } from '@libp2p/gossipsub';
import { type Identify, identify } from '@libp2p/identify';
import type { ConnectionGater, PrivateKey } from '@libp2p/interface';
import { type Ping, ping } from '@libp2p/ping';
import { tcp } from '@libp2p/tcp';
import { createLibp2p, type Libp2p, type Libp2pOptions } from 'libp2p';
import type { ResolvedOptions } from './options.ts';

export type NodeServices = { identify: Identify; ping: Ping; gossip?: GossipSub };
export type Libp2pNode = Libp2p<NodeServices>;
export type Libp2pMetrics = NonNullable<Libp2pOptions['metrics']>;

/** Started libp2p: TCP, noise, yamux, identify, ping, and gossipsub for members. */
export async function startLibp2p(
  options: ResolvedOptions,
  dependencies: {
    privateKey: PrivateKey;
    gater: ConnectionGater;
    gossip: ((components: GossipSubComponents) => GossipSub) | undefined;
    metrics: Libp2pMetrics | undefined;
    /** Runs before it listens. */
    onCreated(node: Libp2pNode): Promise<void>;
  },
): Promise<Libp2pNode> {
  const { limits } = options;
  const { gossip, metrics } = dependencies;
  const node = await createLibp2p<NodeServices>({
    start: false,
    privateKey: dependencies.privateKey,
    // Otherwise libp2p tells everyone its own version and the runtime's.
    nodeInfo: { name: 'cairn', version: '1', userAgent: 'cairn/1' },
    addresses: { listen: [...options.listen] },
    transports: [tcp({ dialOpts: { noDelay: true }, listenOpts: { noDelay: true } })],
    // The tag is mixed into the handshake: peers of another network do not get as far as a stream.
    connectionEncrypters: [noise({ prologueBytes: utf8(`cairn/${options.networkTag}`) })],
    streamMuxers: [yamux(muxerOptions(options))],
    connectionGater: dependencies.gater,
    connectionManager: connectionOptions(options),
    connectionMonitor: { pingInterval: limits.idlePingMs, pingTimeout: { minTimeout: 5_000 } },
    services: {
      identify: identify({
        protocolPrefix: 'cairn',
        maxInboundStreams: 2,
        timeout: limits.handshakeTimeoutMs,
      }),
      ping: ping({ maxInboundStreams: 2 }),
      ...(gossip === undefined ? {} : { gossip }),
    } as { identify: ReturnType<typeof identify>; ping: ReturnType<typeof ping> },
    ...(metrics === undefined ? {} : { metrics }),
  });
  try {
    await dependencies.onCreated(node);
    await node.start();
  } catch (cause) {
    await node.stop();
    throw new CairnError('NETWORK_LISTEN_INVALID', 'cannot listen', { addresses: options.listen }, { cause });
  }
  return node;
}

function muxerOptions({ limits }: ResolvedOptions): NonNullable<Parameters<typeof yamux>[0]> {
  return {
    maxInboundStreams: limits.streamsPerConnectionMax,
    maxOutboundStreams: limits.streamsPerConnectionMax,
    // A paused stream may still receive one window; it must fit into the read buffer, or the stream is reset.
    streamOptions: { maxStreamWindowSize: 1024 * 1024, maxReadBufferLength: 4 * 1024 * 1024 },
  };
}

function connectionOptions({ limits, members }: ResolvedOptions): NonNullable<Libp2pOptions['connectionManager']> {
  return {
    // Above what the gater lets in, so that libp2p never prunes a member to make room.
    maxConnections: (members.length + limits.strangersMax) * limits.connectionsPerPeerMax + limits.inboundPendingMax,
    inboundConnectionThreshold: limits.inboundConnectionsPerHostAndSecond,
    maxIncomingPendingConnections: limits.inboundPendingMax,
    inboundUpgradeTimeout: limits.handshakeTimeoutMs,
    dialTimeout: limits.dialTimeoutMs,
    addressDialTimeout: limits.dialTimeoutMs,
    // gossipsub opens its streams one after the other: a peer that does not answer holds up all others for this long.
    outboundStreamProtocolNegotiationTimeout: limits.handshakeTimeoutMs,
    inboundStreamProtocolNegotiationTimeout: limits.handshakeTimeoutMs,
    connectionCloseTimeout: 500,
    // Our own dialer does that, for ever and not five times.
    reconnectRetries: 0,
  };
}
