export * from './health.ts';
export * from './health-definitions.ts';
export * from './logger.ts';
export type { LabelValues, MetricDefinition, MetricKind, MetricTable, Role } from './metric-definition.ts';
export * from './metric-definitions.ts';
export * from './metrics.ts';
export * from './options.ts';
export { prettyLine } from './pretty-line.ts';
export { REDACTED, redact } from './redact.ts';
