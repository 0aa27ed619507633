import type { gossipsub } from '@libp2p/gossipsub';
import type { NetworkLimits } from './options.ts';

type GossipsubOptions = NonNullable<Parameters<typeof gossipsub>[0]>;

/** gossipsub's numbers for a committee of identified members, each with its reason. */
export function gossipParameters(options: {
  memberCount: number;
  topics: readonly string[];
  limits: NetworkLimits;
}): Partial<GossipsubOptions> {
  const { limits } = options;
  const degree = limits.gossipMeshDegree;
  return {
    D: degree,
    Dlo: Math.max(1, degree - 1),
    Dhi: degree + 2,
    Dscore: Math.max(1, Math.floor(degree / 2)),
    Dout: Math.min(1, Math.floor(degree / 2)),
    Dlazy: degree,
    heartbeatInterval: limits.gossipHeartbeatMs,
    // A small committee hears from the publisher itself; the mesh then only serves those whom it left out.
    floodPublish: options.memberCount <= limits.gossipFloodMembersMax,
    fallbackToFloodsub: false,
    doPX: false,
    // The members are kept connected by our own dialer. As gossipsub's direct peers they would never be graylisted,
    // each would forward every message to all, and one that is away would break every heartbeat that redials it.
    directPeers: [],
    tagMeshPeers: false,
    allowPublishToZeroTopicPeers: true,
    ignoreDuplicatePublishError: true,
    allowedTopics: [...options.topics],
    maxTopicBytesPerPeer: 64 * 1024,
    maxInboundStreams: 4,
    maxOutboundStreams: 4,
    seenTTL: 120_000,
    decodeRpcLimits: {
      maxSubscriptions: 64,
      maxMessages: 256,
      maxIhaveMessageIDs: 2_048,
      maxIwantMessageIDs: 2_048,
      maxIdontwantMessageIDs: 512,
      maxControlMessages: 64,
      maxPeerInfos: 0,
    },
    scoreParams: scoreParameters(options.topics),
    // Five refused messages within a few seconds: not listened to any more, until the score has decayed.
    scoreThresholds: {
      gossipThreshold: -50,
      publishThreshold: -100,
      graylistThreshold: -200,
      acceptPXThreshold: 1_000,
      opportunisticGraftThreshold: 0,
    },
  };
}

function scoreParameters(topics: readonly string[]): NonNullable<GossipsubOptions['scoreParams']> {
  const topic = {
    topicWeight: 1,
    timeInMeshWeight: 0.01,
    timeInMeshQuantum: 1_000,
    timeInMeshCap: 100,
    firstMessageDeliveriesWeight: 0.1,
    firstMessageDeliveriesDecay: 0.9,
    firstMessageDeliveriesCap: 20,
    // A committee member may have nothing to say, so silence costs nothing.
    meshMessageDeliveriesWeight: 0,
    meshMessageDeliveriesDecay: 0.5,
    meshMessageDeliveriesCap: 10,
    meshMessageDeliveriesThreshold: 1,
    meshMessageDeliveriesWindow: 100,
    meshMessageDeliveriesActivation: 1_000,
    meshFailurePenaltyWeight: 0,
    meshFailurePenaltyDecay: 0.5,
    // Counts squared: 5 refused messages cost 250.
    invalidMessageDeliveriesWeight: -10,
    invalidMessageDeliveriesDecay: 0.98,
  };
  return {
    topics: Object.fromEntries(topics.map((name) => [name, topic])),
    topicScoreCap: 10,
    appSpecificScore: () => 0,
    appSpecificWeight: 0,
    // Members are known by their keys, so many on one host are no sign of an attack (compose, tests, one data centre).
    IPColocationFactorWeight: 0,
    IPColocationFactorThreshold: 1,
    IPColocationFactorWhitelist: new Set<string>(),
    behaviourPenaltyWeight: -1,
    behaviourPenaltyThreshold: 6,
    behaviourPenaltyDecay: 0.9,
    decayInterval: 1_000,
    decayToZero: 0.01,
    // A member does not get rid of its score by reconnecting.
    retainScore: 600_000,
  };
}
