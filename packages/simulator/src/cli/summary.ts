import type { Outcome } from '../run-plan.ts';

type Counts = Readonly<Record<string, number>>;

/** What a run took: by the clock, and of all threads together. */
export interface Took {
  readonly elapsedMs: number;
  readonly cpuMs: number;
}

/** What many seeds came to. */
export interface Summary {
  readonly seeds: number;
  readonly realFrostSeeds: number;
  /** Seeds by size of the committee. */
  readonly members: Counts;
  readonly heights: number;
  readonly events: number;
  /** By a member, after the first view of a height. */
  readonly viewsEntered: number;
  readonly reports: number;
  readonly virtualMs: number;
  /** Faults that were injected and what they did, by kind. */
  readonly faults: Counts;
  /** Byzantine members by what they did. */
  readonly adversaries: Counts;
  /** Seeds that broke an invariant, with its name, in order. */
  readonly failures: readonly { readonly seed: number; readonly invariant: string; readonly detail: string }[];
}

export const EMPTY_SUMMARY: Summary = {
  seeds: 0,
  realFrostSeeds: 0,
  members: {},
  heights: 0,
  events: 0,
  viewsEntered: 0,
  reports: 0,
  virtualMs: 0,
  faults: {},
  adversaries: {},
  failures: [],
};

export function summaryOf(outcome: Outcome): Summary {
  const { plan, violation, heights, events, viewsEntered, reports, virtualMs, faults, adversaries } = outcome;
  return {
    seeds: 1,
    realFrostSeeds: plan.isRealFrost ? 1 : 0,
    members: { [plan.memberCount]: 1 },
    heights,
    events,
    viewsEntered,
    reports,
    virtualMs,
    faults,
    adversaries,
    failures: violation === null ? [] : [{ seed: plan.seed, ...violation }],
  };
}

export function addSummaries(a: Summary, b: Summary): Summary {
  return {
    seeds: a.seeds + b.seeds,
    realFrostSeeds: a.realFrostSeeds + b.realFrostSeeds,
    members: addCounts(a.members, b.members),
    heights: a.heights + b.heights,
    events: a.events + b.events,
    viewsEntered: a.viewsEntered + b.viewsEntered,
    reports: a.reports + b.reports,
    virtualMs: a.virtualMs + b.virtualMs,
    faults: addCounts(a.faults, b.faults),
    adversaries: addCounts(a.adversaries, b.adversaries),
    failures: [...a.failures, ...b.failures],
  };
}

function addCounts(a: Counts, b: Counts): Counts {
  const kinds = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries([...kinds].sort().map((kind) => [kind, (a[kind] ?? 0) + (b[kind] ?? 0)]));
}

/** For a person to read. */
export function describe(summary: Summary, { elapsedMs, cpuMs }: Took): string {
  const seconds = Math.max(0.001, elapsedMs / 1000);
  const { seeds, heights, events, failures } = summary;
  return [
    `seeds ${seeds}, failed ${failures.length}, with real FROST ${summary.realFrostSeeds} (${(seeds / seconds).toFixed(1)}/s)`,
    `members ${named(summary.members)}`,
    `heights ${heights} (${(heights / seconds).toFixed(0)}/s), views entered ${summary.viewsEntered}, reports ${summary.reports}`,
    `events ${events} (${(events / seconds).toFixed(0)}/s), virtual time ${(summary.virtualMs / 3_600_000).toFixed(2)} h, real time ${seconds.toFixed(1)} s, processor time ${(cpuMs / 1000).toFixed(1)} s`,
    `faults: ${named(summary.faults)}`,
    `adversaries: ${named(summary.adversaries)}`,
  ].join('\n');
}

/** For a program: one line. */
export function asJson(summary: Summary, { elapsedMs, cpuMs }: Took): string {
  const { virtualMs, failures, ...rest } = summary;
  const seconds = Math.max(0.001, elapsedMs / 1000);
  const perSecond = (count: number): number => Math.round((10 * count) / seconds) / 10;
  return JSON.stringify({
    ...rest,
    virtualSeconds: Math.round(virtualMs / 1000),
    seconds: Math.round(seconds * 10) / 10,
    processorSeconds: Math.round(cpuMs / 100) / 10,
    heightsPerSecond: perSecond(summary.heights),
    seedsPerSecond: perSecond(summary.seeds),
    violations: failures,
  });
}

function named(counts: Counts): string {
  const some = Object.entries(counts).filter(([, count]) => count > 0);
  return some.map(([kind, count]) => `${kind} ${count}`).join(', ') || 'none';
}
