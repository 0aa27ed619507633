import type { HealthDefinition } from '../../packages/telemetry/src/health-definitions.ts';
import type { LabelValues, MetricDefinition } from '../../packages/telemetry/src/metric-definition.ts';

const HEAD = `# Metrics

Nodes and aggregators show these at \`GET /metrics\` in the text format of Prometheus. Times are in seconds, sizes in bytes.
The label \`peer\` is a committee index; no label ever holds a device id. Beside them stand \`process_*\` and \`nodejs_*\` of
prom-client, and on nodes \`libp2p_*\` of libp2p.

This page is written by \`pnpm run docs\` from \`packages/telemetry/src/metric-definitions.ts\`; a test compares the two.
`;

/** @returns docs/metrics.md: one table per area, rows by name, and the health checks. */
export function metricsPage(
  metrics: Readonly<Record<string, MetricDefinition>>,
  checks: Readonly<Record<string, HealthDefinition>>,
): string {
  const areas = Object.groupBy(Object.entries(metrics).sort(byName), ([name]) => name.split('_')[1]!);
  const sections = Object.entries(areas)
    .sort(byName)
    .map(([area, entries = []]) => {
      const rows = entries.map(([name, definition]) => `| \`${name}\` | ${metricCells(definition).join(' | ')} |`);
      return `\n## ${area}\n\n| name | kind | shown by | labels | meaning |\n| --- | --- | --- | --- | --- |\n${rows.join('\n')}\n`;
    });
  return HEAD + sections.join('') + healthSection(checks);
}

function metricCells({ kind, roles, labels = {}, help, buckets }: MetricDefinition): string[] {
  const shownLabels = Object.entries(labels).map(([name, values]) => `\`${name}\`: ${labelText(values)}`);
  const shownBuckets = buckets ? ` (buckets up to ${buckets.at(-1)})` : '';
  return [kind, roles.join(', '), shownLabels.join('; ') || '-', help + shownBuckets];
}

function labelText(values: LabelValues): string {
  if (values === 'memberIndex') return 'committee index';
  if (values === 'bounded') return 'a name, at most 128 different ones, then `other`';
  return values.join(', ');
}

function healthSection(checks: Readonly<Record<string, HealthDefinition>>): string {
  const rows = Object.entries(checks)
    .sort(byName)
    .map(
      ([name, { roles, severity, holds, remedy }]) =>
        `| \`${name}\` | ${severity} | ${roles.join(', ')} | ${holds} | ${remedy} |`,
    );
  return `
## Health checks

\`cairn_health_checks{name,severity}\` is 1 while the check fails. A failing critical check makes \`GET /ready\` answer 503.

| name | severity | shown by | what holds | remedy when it fails |
| --- | --- | --- | --- | --- |
${rows.join('\n')}
`;
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
