import type { Health as ApiHealth, HealthCheck } from '@cairn/http';
import { HEALTH_DEFINITIONS, Health, type Metrics } from '@cairn/telemetry';

/** What the checks of an aggregator look at, read when they are asked. */
export interface HealthFacts {
  /** Heights that the sources are ahead. */
  readonly behind: () => number;
  readonly sourcesAnswering: () => number;
  readonly isHalted: () => boolean;
  readonly isArchiveFailing: () => boolean;
  readonly lastBlockAtMs: () => number;
  readonly loopLateMs: () => number;
  /** Null: this aggregator does not anchor. */
  readonly anchoring: () => AnchoringFacts | null;
}

export interface AnchoringFacts {
  readonly intervalMs: number;
  /** Heights that no anchor covers. */
  readonly unanchored: number;
  /** Of the last confirmed anchor, or of the start. */
  readonly lastSuccessAtMs: number;
  readonly failures: number;
  readonly balanceLamports: number | null;
  readonly feeLamportsMax: number;
}

const BEHIND_MAX = 2;
const QUIET_MS_MAX = 60_000;
const LATE_MS_MAX = 500;
const ANCHORS_AHEAD = 100;

/** @returns what /health and /ready say; each call also sets the metrics of health. */
export function aggregatorHealth(metrics: Metrics<'aggregator'>, facts: HealthFacts): () => ApiHealth {
  const isSynced = () => !facts.isHalted() && facts.behind() <= BEHIND_MAX && facts.sourcesAnswering() > 0;
  const isAnchorRecent = () => anchorIsRecent(facts.anchoring());
  const health = new Health(
    { role: 'aggregator' },
    {
      metrics,
      probes: {
        in_sync: isSynced,
        storage_writable: () => !facts.isArchiveFailing(),
        height_advances: () => facts.behind() === 0 || Date.now() - facts.lastBlockAtMs() < QUIET_MS_MAX,
        event_loop_free: () => facts.loopLateMs() < LATE_MS_MAX,
        sources_answer: () => facts.sourcesAnswering() > 0,
        anchor_recent: isAnchorRecent,
        chain_reachable: () => (facts.anchoring()?.failures ?? 0) === 0,
        wallet_funded: () => walletIsFunded(facts.anchoring()),
      },
      isPosting: () => isSynced() && isAnchorRecent(),
    },
  );
  return () => {
    const { isReady, failing } = health.evaluate();
    const critical = failing.filter(({ severity }) => severity === 'critical');
    // Only behind, with nothing broken: it catches up by itself.
    const isSyncing = critical.every(({ name }) => name === 'in_sync') && !facts.isHalted();
    const names = new Map(failing.map(({ name, remedy }) => [name, remedy]));
    return { status: isReady ? 'ready' : isSyncing ? 'syncing' : 'failing', checks: checksOf(names) };
  };
}

function checksOf(failing: ReadonlyMap<string, string>): readonly HealthCheck[] {
  return Object.entries(HEALTH_DEFINITIONS)
    .filter(([, { roles }]) => (roles as readonly string[]).includes('aggregator'))
    .map(([name, { severity, holds }]) => {
      const remedy = failing.get(name);
      return { name, severity, isOk: remedy === undefined, detail: remedy ?? holds };
    });
}

function anchorIsRecent(anchoring: AnchoringFacts | null): boolean {
  if (anchoring === null || anchoring.unanchored === 0) return true;
  return Date.now() - anchoring.lastSuccessAtMs < 3 * anchoring.intervalMs;
}

function walletIsFunded(anchoring: AnchoringFacts | null): boolean {
  if (anchoring === null || anchoring.balanceLamports === null) return true;
  return anchoring.balanceLamports >= ANCHORS_AHEAD * anchoring.feeLamportsMax;
}
