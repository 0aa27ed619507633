import { HEALTH_DEFINITIONS, type HealthCheckOf, type Severity } from './health-definitions.ts';
import type { Role } from './metric-definition.ts';
import type { Metrics } from './metrics.ts';

export interface HealthOptions<Shown extends Role> {
  readonly role: Shown;
}

export interface HealthDependencies<Shown extends Role> {
  readonly metrics: Metrics<Shown>;
  /** One probe per check of the role, quick and without side effects; true while it holds. A probe that throws fails. */
  readonly probes: Readonly<Record<HealthCheckOf<Shown>, () => boolean>>;
  /** Whether the process does its work now: a member signs, an aggregator anchors. */
  readonly isPosting: () => boolean;
}

export interface FailingCheck {
  readonly name: string;
  readonly severity: Severity;
  readonly remedy: string;
}

export interface HealthReport {
  /** No critical check fails. */
  readonly isReady: boolean;
  readonly isPosting: boolean;
  /** Critical first, then by name. */
  readonly failing: readonly FailingCheck[];
}

/** The health checks of one process; evaluating also sets `cairn_health_checks` and `cairn_up_and_posting`. */
export class Health<Shown extends Role> {
  readonly #role: Shown;
  readonly #dependencies: HealthDependencies<Shown>;

  constructor({ role }: HealthOptions<Shown>, dependencies: HealthDependencies<Shown>) {
    this.#role = role;
    this.#dependencies = dependencies;
  }

  evaluate(): HealthReport {
    const { probes, isPosting } = this.#dependencies;
    const failing: FailingCheck[] = [];
    for (const [name, { roles, severity, remedy }] of Object.entries(HEALTH_DEFINITIONS)) {
      if (!(roles as readonly Role[]).includes(this.#role)) continue;
      const holds = isTrue((probes as Record<string, () => boolean>)[name]);
      this.#gauge('cairn_health_checks', { name, severity }, holds ? 0 : 1);
      if (!holds) failing.push({ name, severity, remedy });
    }
    failing.sort((a, b) => rank(a.severity) - rank(b.severity) || (a.name < b.name ? -1 : 1));
    const isReady = !failing.some(({ severity }) => severity === 'critical');
    const report = { isReady, isPosting: isTrue(isPosting), failing };
    this.#gauge('cairn_up_and_posting', undefined, report.isReady && report.isPosting ? 1 : 0);
    return report;
  }

  #gauge(name: 'cairn_health_checks' | 'cairn_up_and_posting', labels: object | undefined, value: number): void {
    // both roles show both metrics, which the type of a generic role cannot see
    const metrics = this.#dependencies.metrics as unknown as Metrics<'node'>;
    const handle = metrics.gauge(name) as { set(...args: unknown[]): void };
    handle.set(...(labels ? [labels, value] : [value]));
  }
}

function isTrue(probe: (() => boolean) | undefined): boolean {
  try {
    return probe?.() === true;
  } catch {
    return false;
  }
}

function rank(severity: Severity): number {
  return ['critical', 'warning', 'info'].indexOf(severity);
}
