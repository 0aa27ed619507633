import type { Outcome } from '../run-plan.ts';

/** What many seeds came to. */
export interface Summary {
  readonly seeds: number;
  readonly heights: number;
  readonly events: number;
  readonly viewsEntered: number;
  readonly reports: number;
  readonly virtualMs: number;
  readonly faults: Readonly<Record<string, number>>;
  /** Seeds that broke an invariant, with its name. */
  readonly failures: readonly { readonly seed: number; readonly invariant: string; readonly detail: string }[];
}

export const EMPTY_SUMMARY: Summary = {
  seeds: 0,
  heights: 0,
  events: 0,
  viewsEntered: 0,
  reports: 0,
  virtualMs: 0,
  faults: {},
  failures: [],
};

export function summaryOf(outcome: Outcome): Summary {
  const { plan, violation, heights, events, viewsEntered, reports, virtualMs, faults } = outcome;
  const failures = violation === null ? [] : [{ seed: plan.seed, ...violation }];
  return { seeds: 1, heights, events, viewsEntered, reports, virtualMs, faults, failures };
}

export function addSummaries(a: Summary, b: Summary): Summary {
  const kinds = new Set([...Object.keys(a.faults), ...Object.keys(b.faults)]);
  return {
    seeds: a.seeds + b.seeds,
    heights: a.heights + b.heights,
    events: a.events + b.events,
    viewsEntered: a.viewsEntered + b.viewsEntered,
    reports: a.reports + b.reports,
    virtualMs: a.virtualMs + b.virtualMs,
    faults: Object.fromEntries([...kinds].sort().map((kind) => [kind, (a.faults[kind] ?? 0) + (b.faults[kind] ?? 0)])),
    failures: [...a.failures, ...b.failures],
  };
}

/** For a person to read. */
export function describe(summary: Summary, elapsedMs: number): string {
  const seconds = Math.max(0.001, elapsedMs / 1000);
  const faults = Object.entries(summary.faults)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${kind} ${count}`);
  return [
    `seeds ${summary.seeds}, failed ${summary.failures.length}`,
    `heights ${summary.heights} (${(summary.heights / seconds).toFixed(0)}/s), views entered ${summary.viewsEntered}, reports ${summary.reports}`,
    `events ${summary.events} (${(summary.events / seconds).toFixed(0)}/s), virtual time ${(summary.virtualMs / 60_000).toFixed(1)} min, real time ${seconds.toFixed(1)} s`,
    `faults: ${faults.join(', ') || 'none'}`,
  ].join('\n');
}
