import { createNetwork, type NetworkDependencies } from '../libp2p-network.ts';
import type { Network, NetworkMember } from '../network.ts';
import type { NetworkLimits } from '../options.ts';
import { Recorder, testMembers, testSeed } from './committee.ts';
import type { ComplianceCommittee, ComplianceNode } from './network-compliance.ts';

export const TEST_TAG: string = 'ab'.repeat(32);

export interface Libp2pCommittee extends ComplianceCommittee {
  readonly nodes: readonly ComplianceNode[];
  readonly seeds: readonly Uint8Array[];
  /** With the addresses that the members really listen on. */
  readonly members: readonly NetworkMember[];
}

export interface StartOptions {
  readonly identitySeed: Uint8Array;
  readonly members: readonly NetworkMember[];
  readonly listen?: readonly string[];
  readonly networkTag?: string;
  readonly limits?: Partial<NetworkLimits>;
  readonly dependencies?: Partial<NetworkDependencies>;
  readonly recorder?: Recorder;
}

export async function startNode(options: StartOptions): Promise<ComplianceNode> {
  const recorder = options.recorder ?? new Recorder();
  const network = await createNetwork(
    { networkTag: TEST_TAG, ...options },
    { ...options.dependencies, handlers: recorder },
  );
  return { network, recorder };
}

/** Without its peer id: as an operator writes it. */
export function addressOf(network: Network): string {
  return (network.addresses()[0] as string).replace(/\/p2p\/.*$/, '');
}

/** Real sockets on 127.0.0.1; ports are given out by the system, so addresses are told afterwards. */
export async function startLibp2pCommittee(
  count: number,
  limits: Partial<NetworkLimits> = {},
): Promise<Libp2pCommittee> {
  const { members: unreachable, seeds } = await testMembers(count);
  const started: ComplianceNode[] = [];
  const startHere = async (options: StartOptions) => {
    const node = await startNode({ limits, ...options });
    started.push(node);
    return node;
  };
  const nodes = await Promise.all(seeds.map((identitySeed) => startHere({ identitySeed, members: unreachable })));
  const members = unreachable.map((member, index) => ({
    ...member,
    addresses: [addressOf((nodes[index] as ComplianceNode).network)],
  }));
  for (const { network } of nodes) network.setMembers(members);
  const others = ({ recorder }: ComplianceNode, kind: 'connected' | 'gossiping', expected: number) =>
    recorder.until(() => recorder.in(kind).length === expected, kind);
  await Promise.all(nodes.map((node) => others(node, 'gossiping', count - 1)));
  return {
    nodes,
    seeds,
    members,
    async follower() {
      const node = await startHere({ identitySeed: testSeed('follower'), members, listen: [] });
      await others(node, 'connected', count);
      return node;
    },
    async restart(index) {
      const { addresses } = members[index] as NetworkMember;
      const node = await startHere({ identitySeed: seeds[index] as Uint8Array, members, listen: addresses });
      await others(node, 'gossiping', count - 1);
      return node;
    },
    async stop() {
      await Promise.all(started.map(({ network }) => network.stop()));
    },
  };
}
