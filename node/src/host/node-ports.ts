import type { NodePorts, Verdict } from '@cairn/http';
import type { Network } from '@cairn/network';
import type { MemberIndex } from '@cairn/primitives';
import type { Genesis, ItemKind } from '@cairn/protocol';
import type { ChainView } from './chain-view.ts';
import type { CoreClient } from './core-client.ts';
import type { IntakeDesk } from './intake-desk.ts';
import type { NodeHealth } from './node-health.ts';
import type { NodeMetrics } from './node-metrics.ts';

export interface NodePortsDependencies {
  readonly genesis: Genesis;
  readonly self: MemberIndex;
  readonly view: ChainView;
  readonly network: Network;
  readonly core: CoreClient;
  readonly intake: IntakeDesk;
  readonly metrics: NodeMetrics;
  readonly health: NodeHealth;
}

/** What the HTTP server of this member asks of it. */
export function createNodePorts(dependencies: NodePortsDependencies): NodePorts {
  const { genesis, self, view, network, core, metrics, health } = dependencies;
  const isConnected = (member: MemberIndex) =>
    member === self || network.peers().some((peer) => peer.memberIndex === member && peer.isConnected);
  return {
    genesis: () => genesis,
    feeds: () => genesis.feeds,
    position: () => {
      const { height, epoch, time } = view.position;
      return { height, epoch, time };
    },
    health: () => health.evaluate(),
    metrics: async () => {
      health.evaluate();
      metrics.refresh(view, network);
      return { contentType: metrics.metrics.contentType, text: await metrics.metrics.render() };
    },
    evidence: (query) => core.ask({ about: 'evidence', query }),
    evidenceById: (evidence) => core.ask({ about: 'evidence-by-id', evidence }),
    submitReports: (reports) => submit(dependencies, 'report', reports),
    submitRegistration: async (bytes) => (await submit(dependencies, 'registration', [bytes]))[0] as Verdict,
    submitRevocation: async (bytes) => (await submit(dependencies, 'revocation', [bytes]))[0] as Verdict,
    awaitCertified: (items, signal) => core.ask({ about: 'await', items }, signal),
    reportFate: (item) => core.ask({ about: 'fate', item }),
    status: () => {
      const { height, view: current, epoch, time, haltReason, baseHeight, pendingItems } = view.position;
      return {
        member: self,
        name: genesis.members[self]?.name ?? '',
        height,
        view: current,
        epoch,
        blockTime: time,
        isSyncing: view.isSyncing,
        halted: haltReason,
        snapshotHeight: baseHeight > 0 ? baseHeight : null,
        pendingItems,
        startedAt: view.startedAt,
        members: view.members(isConnected),
      };
    },
    syncBlocks: async ({ from, limit, bytesMax, signal }) => {
      await view.untilHeight(from, signal);
      if (view.position.height < from) return [];
      return core.ask({ about: 'blocks', from, limit, bytesMax });
    },
  };
}

async function submit(
  { intake, metrics }: NodePortsDependencies,
  kind: ItemKind,
  items: readonly Uint8Array[],
): Promise<readonly Verdict[]> {
  const startedAt = performance.now();
  const verdicts = await intake.submit(kind, items);
  const bytes = items.reduce((sum, { length }) => sum + length, 0);
  if (kind === 'report') metrics.onIntake(verdicts, { bytes, seconds: (performance.now() - startedAt) / 1000 });
  return verdicts;
}
