import type { LabelValues, MetricDefinition } from './metric-definition.ts';

const BOUNDED_VALUES_MAX = 128;
const MEMBER_INDEX_MAX = 1023;
const OTHER = 'other';

/** Keeps the number of series bounded: what a metric's labels may not say never reaches the registry. */
export class LabelGuard {
  readonly #definition: MetricDefinition;
  /** The values seen so far of each `bounded` label, at most BOUNDED_VALUES_MAX. */
  readonly #seen = new Map<string, Set<string>>();

  constructor(definition: MetricDefinition) {
    this.#definition = definition;
  }

  /** @returns the labels as Prometheus takes them; undefined when one is missing, unknown or not allowed. */
  check(labels: Readonly<Record<string, string | number>>): Record<string, string> | undefined {
    const expected = Object.entries(this.#definition.labels ?? {});
    if (Object.keys(labels).length !== expected.length) return undefined;
    const checked: Record<string, string> = {};
    for (const [name, values] of expected) {
      const value = this.#checkValue(name, values, labels[name]);
      if (value === undefined) return undefined;
      checked[name] = value;
    }
    return checked;
  }

  #checkValue(name: string, values: LabelValues, value: string | number | undefined): string | undefined {
    if (value === undefined) return undefined;
    if (values === 'memberIndex') return isMemberIndex(value) ? String(value) : undefined;
    if (values === 'bounded') return this.#bound(name, String(value));
    return values.includes(String(value)) ? String(value) : undefined;
  }

  #bound(name: string, value: string): string {
    const seen = this.#seen.get(name) ?? new Set();
    this.#seen.set(name, seen);
    if (!seen.has(value) && seen.size >= BOUNDED_VALUES_MAX) return OTHER;
    seen.add(value);
    return value;
  }
}

function isMemberIndex(value: string | number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MEMBER_INDEX_MAX;
}

/** @returns every combination of labels when all of them are closed lists, at most 64; otherwise nothing. */
export function closedCombinations(definition: MetricDefinition): Record<string, string>[] {
  let combinations: Record<string, string>[] = [{}];
  for (const [name, values] of Object.entries(definition.labels ?? {})) {
    if (typeof values === 'string') return [];
    combinations = combinations.flatMap((labels) => values.map((value) => ({ ...labels, [name]: value })));
  }
  return combinations.length <= 64 ? combinations : [];
}
