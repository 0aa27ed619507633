import { type MetricTable, NODE } from '../metric-definition.ts';

const TOPICS = ['batch', 'proposal', 'certified', 'evidence'] as const;

/** What passes between members. */
export const NETWORK_METRICS = {
  cairn_gossip_messages_total: {
    kind: 'counter',
    roles: NODE,
    help: 'Gossip messages that arrived, by topic and verdict',
    labels: { topic: TOPICS, verdict: ['accept', 'ignore', 'reject'] },
  },
  cairn_gossip_received_bytes_total: {
    kind: 'counter',
    roles: NODE,
    help: 'Bytes of gossip that arrived',
    labels: { topic: TOPICS },
  },
  cairn_gossip_published_bytes_total: {
    kind: 'counter',
    roles: NODE,
    help: 'Bytes of gossip that this member published',
    labels: { topic: TOPICS },
  },
  cairn_network_events_total: {
    kind: 'counter',
    roles: NODE,
    help: 'What the network adapter counts, by the name of its counter',
    labels: { kind: 'bounded' },
  },
  cairn_network_direct_messages_total: {
    kind: 'counter',
    roles: NODE,
    help: 'Messages on direct streams between members',
    labels: { channel: ['agreement', 'dkg'], direction: ['in', 'out'] },
  },
  cairn_network_peers_connected: {
    kind: 'gauge',
    roles: NODE,
    help: 'Members that are connected now, without this one',
  },
  cairn_peer_connected: {
    kind: 'gauge',
    roles: NODE,
    help: '1 while the member is connected',
    labels: { peer: 'memberIndex' },
  },
  cairn_peer_round_trip_seconds: {
    kind: 'gauge',
    roles: NODE,
    help: 'Last measured round trip to the member',
    labels: { peer: 'memberIndex' },
  },
  cairn_peer_clock_offset_seconds: {
    kind: 'gauge',
    roles: NODE,
    help: "The member's clock minus ours; members keep their clocks within 0.5 s (protocol 6.1)",
    labels: { peer: 'memberIndex' },
  },
  cairn_peer_score: {
    kind: 'gauge',
    roles: NODE,
    help: 'Gossip score of the member: 0 is neutral, below 0 it is left out of meshes',
    labels: { peer: 'memberIndex' },
  },
  cairn_peer_height: {
    kind: 'gauge',
    roles: NODE,
    help: 'Highest certified height that the member is known to hold',
    labels: { peer: 'memberIndex' },
  },
} as const satisfies MetricTable;
