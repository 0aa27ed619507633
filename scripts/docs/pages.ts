import { HEALTH_DEFINITIONS } from '../../packages/telemetry/src/health-definitions.ts';
import { METRIC_DEFINITIONS } from '../../packages/telemetry/src/metric-definitions.ts';
import { readErrorTables } from './error-tables.ts';
import { errorsPage } from './errors-page.ts';
import { metricsPage } from './metrics-page.ts';

/** @returns every page of docs/ that is generated from code: its path from the top, and its text. */
export async function generatedPages(root: string): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ['docs/errors.md', errorsPage(await readErrorTables(root))],
    ['docs/metrics.md', metricsPage(METRIC_DEFINITIONS, HEALTH_DEFINITIONS)],
  ]);
}
