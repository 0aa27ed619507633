import type { GossipTopic, NetworkHandlers } from '@cairn/network';
import { CairnError, type MemberIndex } from '@cairn/primitives';
import type { CoreOrder } from '../threads/thread-messages.ts';
import type { CoreClient } from './core-client.ts';
import type { FrameDesk } from './frame-desk.ts';
import type { NodeMetrics } from './node-metrics.ts';

export interface NetworkHandlersDependencies {
  readonly frames: FrameDesk;
  readonly core: CoreClient;
  readonly toCore: (order: CoreOrder) => void;
  readonly metrics: NodeMetrics;
  readonly onPeer: (member: MemberIndex, isConnected: boolean) => void;
}

/** What arrives from the network, on its way to the threads that judge it. */
export function createNetworkHandlers(dependencies: NetworkHandlersDependencies): NetworkHandlers {
  const { frames, core, toCore, metrics, onPeer } = dependencies;
  return {
    validateGossip: (topic: GossipTopic, bytes, from) => {
      metrics.onGossip(topic, bytes.length);
      // Evidence travels in batches: whoever noticed it packs it.
      if (topic === 'evidence') return 'ignore';
      return frames.submit(topic, from.memberIndex ?? null, bytes);
    },
    onDirect: ({ from, channel, bytes }) => {
      if (channel !== 'agreement') return;
      metrics.onDirect();
      void frames.submit('direct', from, bytes);
    },
    onRequest: async ({ peer, method, bytes }) => {
      if (method !== 'sync') throw new CairnError('NODE_CEREMONY_MISSING', 'no ceremony takes place here');
      return core.ask({ about: 'serve', request: bytes, member: peer.memberIndex ?? null });
    },
    onPeer: ({ kind, memberIndex }) => {
      if (kind === 'gossiping') return;
      onPeer(memberIndex, kind === 'connected');
      if (kind === 'connected') toCore({ kind: 'peer-connected', member: memberIndex });
    },
    onEvent: (event) => metrics.onNetwork(event),
  };
}
