import type { Health as HttpHealth } from '@cairn/http';
import type { Network } from '@cairn/network';
import { type MemberIndex, quorumOf, type UnixMs } from '@cairn/primitives';
import type { Genesis } from '@cairn/protocol';
import { HEALTH_DEFINITIONS, Health, type Metrics } from '@cairn/telemetry';
import type { ChainView } from './chain-view.ts';

export interface NodeHealthDependencies {
  readonly genesis: Genesis;
  readonly self: MemberIndex;
  readonly metrics: Metrics<'node'>;
  readonly view: ChainView;
  readonly network: Network;
  readonly now: () => UnixMs;
  /** How late timers of the main thread fired lately, milliseconds. */
  readonly lagMs: () => number;
}

const CLOCK_OFFSET_MS_MAX = 500;
const LAG_MS_MAX = 500;
/** Certificates without a vote of this member before it says so: a single miss is noise. */
const MISSED_VOTES_MAX = 20;
/** Nothing certified for so many timeouts of view 0, although something waits. */
const QUIET_TIMEOUTS = 10;

/** The health of a member, by named checks. */
export class NodeHealth {
  readonly #dependencies: NodeHealthDependencies;
  readonly #health: Health<'node'>;

  constructor(dependencies: NodeHealthDependencies) {
    this.#dependencies = dependencies;
    const { metrics, view, network } = dependencies;
    const connected = () => network.peers().filter(({ isConnected }) => isConnected).length + 1;
    const members = dependencies.genesis.members.length;
    this.#health = new Health(
      { role: 'node' },
      {
        metrics,
        isPosting: () => !view.position.isHalted && !view.isSyncing,
        probes: {
          quorum_connected: () => connected() >= quorumOf(members).certified,
          execution_matches: () => !view.position.isHalted,
          // Checked when the share was opened, and a failed write ends the process.
          key_share_valid: () => true,
          storage_writable: () => true,
          in_sync: () => !view.isSyncing,
          height_advances: () => this.#isAdvancing(),
          taking_part: () => this.#takesPart(),
          clock_in_step: () => this.#medianOffsetMs() < CLOCK_OFFSET_MS_MAX,
          peers_complete: () => connected() === members,
          event_loop_free: () => dependencies.lagMs() < LAG_MS_MAX,
        },
      },
    );
  }

  /** Runs every check. */
  evaluate(): HttpHealth {
    const report = this.#health.evaluate();
    const failing = new Set(report.failing.map(({ name }) => name));
    const checks = Object.entries(HEALTH_DEFINITIONS)
      .filter(([, { roles }]) => (roles as readonly string[]).includes('node'))
      .map(([name, { severity, holds, remedy }]) => {
        const isOk = !failing.has(name);
        return { name, severity, isOk, detail: isOk ? holds : remedy };
      });
    const critical = report.failing.filter(({ severity }) => severity === 'critical');
    const isSyncingOnly = critical.length > 0 && critical.every(({ name }) => name === 'in_sync');
    return { status: critical.length === 0 ? 'ready' : isSyncingOnly ? 'syncing' : 'failing', checks };
  }

  #isAdvancing(): boolean {
    const { view, genesis, now } = this.#dependencies;
    const { pendingItems, poolBatches } = view.position;
    if (pendingItems === 0 && poolBatches === 0) return true;
    return now() - view.lastCommitAt < QUIET_TIMEOUTS * genesis.parameters.viewTimeoutMs;
  }

  #takesPart(): boolean {
    const { present, window } = this.#dependencies.view.votesOf(this.#dependencies.self);
    return window < MISSED_VOTES_MAX || present > 0;
  }

  #medianOffsetMs(): number {
    const offsets = this.#dependencies.network
      .clockOffsets()
      .map(({ offsetMs }) => Math.abs(offsetMs))
      .sort((a, b) => a - b);
    return offsets[Math.floor(offsets.length / 2)] ?? 0;
  }
}
