import { AGGREGATOR_METRICS } from './definitions/aggregator-metrics.ts';
import { AGREEMENT_METRICS } from './definitions/agreement-metrics.ts';
import { INTAKE_METRICS } from './definitions/intake-metrics.ts';
import { NETWORK_METRICS } from './definitions/network-metrics.ts';
import { PROCESS_METRICS } from './definitions/process-metrics.ts';
import { SIGNING_METRICS } from './definitions/signing-metrics.ts';
import type { MetricKind, MetricTable, Role } from './metric-definition.ts';

/** Every metric of the house. docs/metrics.md is generated from it; names are never reused for something else. */
export const METRIC_DEFINITIONS = {
  ...PROCESS_METRICS,
  ...NETWORK_METRICS,
  ...INTAKE_METRICS,
  ...AGREEMENT_METRICS,
  ...SIGNING_METRICS,
  ...AGGREGATOR_METRICS,
} as const satisfies MetricTable;

type Definitions = typeof METRIC_DEFINITIONS;

/** The name of a metric, closed. */
export type MetricName = keyof Definitions;

/** The names of all metrics of one kind that a role shows. */
export type NameOf<Kind extends MetricKind, Shown extends Role> = {
  [Name in MetricName]: Definitions[Name]['kind'] extends Kind
    ? Shown extends Definitions[Name]['roles'][number]
      ? Name
      : never
    : never;
}[MetricName];

type ValueOf<Values> = Values extends readonly (infer Value)[] ? Value : Values extends 'memberIndex' ? number : string;

/** The labels of a metric with the values each may take; `never` when it has none. */
export type LabelsOf<Name extends MetricName> = Definitions[Name] extends { labels: infer Labels }
  ? { readonly [Label in keyof Labels]: ValueOf<Labels[Label]> }
  : never;

/** The arguments of an observation: its labels where the metric has some, then the number. */
export type Observation<Name extends MetricName, Rest extends readonly unknown[]> = [LabelsOf<Name>] extends [never]
  ? Rest
  : [labels: LabelsOf<Name>, ...rest: Rest];
