import { inspect } from 'node:util';
import { Violation } from '@cairn/simulator';
import type { Round } from './plan.ts';
import type { RoundResult, Season } from './season.ts';

/** What a run did, as `--json` prints it. */
export interface FaultSummary {
  readonly seed: number;
  readonly rounds: number;
  readonly networks: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly heights: number;
  readonly changesOfView: number;
  readonly acknowledged: number;
  readonly accepted: number;
  /** Acknowledged and judged otherwise by the chain, by code. */
  readonly refused: Readonly<Record<string, number>>;
  readonly votes: number;
  /** Looks at journals. */
  readonly journals: number;
  readonly recoveryMs: { readonly median: number; readonly max: number };
  /** What this machine does not allow, and was left out. */
  readonly absent: readonly string[];
  readonly violations: readonly { readonly round: string; readonly invariant: string; readonly detail: string }[];
  readonly elapsedMs: number;
}

export class SummaryBook {
  readonly #seed: number;
  readonly #startedMs = performance.now();
  readonly #faults: Record<string, number> = {};
  readonly #refused: Record<string, number> = {};
  readonly #recoveries: number[] = [];
  readonly #violations: FaultSummary['violations'][number][] = [];
  readonly #totals = { networks: 0, heights: 0, changesOfView: 0, acknowledged: 0, accepted: 0, votes: 0, journals: 0 };

  constructor(seed: number) {
    this.#seed = seed;
  }

  get rounds(): number {
    return this.#recoveries.length;
  }

  addRound({ faults }: Round, { recoveryMs }: RoundResult): void {
    for (const { kind } of faults) this.#faults[kind] = (this.#faults[kind] ?? 0) + 1;
    this.#recoveries.push(recoveryMs);
  }

  addSeason({ chain, reports, votes }: Season): void {
    this.#totals.networks += 1;
    this.#totals.heights += chain.height;
    this.#totals.changesOfView += chain.changesOfView;
    this.#totals.acknowledged += reports.acknowledged.size;
    this.#totals.accepted += chain.accepted;
    this.#totals.votes += votes.votes;
    this.#totals.journals += votes.journals;
    for (const id of reports.acknowledged.keys()) {
      const code = chain.receipts.get(id);
      if (code !== undefined && code !== 'accepted') this.#refused[code] = (this.#refused[code] ?? 0) + 1;
    }
  }

  addFailure(round: string, error: unknown): void {
    const isViolation = error instanceof Violation;
    const invariant = isViolation ? error.invariant : 'run';
    const detail = isViolation ? error.message : inspect(error);
    this.#violations.push({ round, invariant, detail });
  }

  summary(absent: readonly string[]): FaultSummary {
    const sorted = [...this.#recoveries].sort((a, b) => a - b);
    const at = (index: number) => Math.round(sorted[index] ?? 0);
    return {
      seed: this.#seed,
      rounds: this.rounds,
      ...this.#totals,
      refused: this.#refused,
      faults: Object.fromEntries(Object.entries(this.#faults).sort()),
      recoveryMs: { median: at(sorted.length >> 1), max: at(sorted.length - 1) },
      absent,
      violations: this.#violations,
      elapsedMs: Math.round(performance.now() - this.#startedMs),
    };
  }
}

export function describeSummary(summary: FaultSummary): string {
  const { rounds, networks, heights, changesOfView, acknowledged, accepted, votes, recoveryMs, violations } = summary;
  const kinds = Object.entries(summary.faults).map(([kind, count]) => `${kind} ${count}`);
  const refused = JSON.stringify(summary.refused);
  const seconds = (ms: number) => (ms / 1000).toFixed(1);
  return [
    `${rounds} rounds on ${networks} networks in ${seconds(summary.elapsedMs)} s`,
    `faults: ${kinds.join(', ')}`,
    `${heights} heights, ${changesOfView} of them after a change of view; ${votes} votes and proposals in ${summary.journals} looks at journals`,
    `${acknowledged} reports acknowledged, ${accepted} accepted in the chain; refused there: ${refused}`,
    `recovery: median ${seconds(recoveryMs.median)} s, longest ${seconds(recoveryMs.max)} s`,
    ...summary.absent.map((what) => `left out: ${what}`),
    `${violations.length} violations`,
    ...violations.map(({ round, detail }) => `  in ${round}\n  ${detail}`),
  ].join('\n');
}
