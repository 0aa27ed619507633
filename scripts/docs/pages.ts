import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HEALTH_DEFINITIONS } from '../../packages/telemetry/src/health-definitions.ts';
import { METRIC_DEFINITIONS } from '../../packages/telemetry/src/metric-definitions.ts';
import { readErrorTables } from './error-tables.ts';
import { errorsPage } from './errors-page.ts';
import { fillMarked } from './marked-sections.ts';
import { metricsPage } from './metrics-page.ts';
import { protocolTables } from './protocol-tables.ts';

/** @returns every page of docs/ that is generated from code, in whole or between marks: path from the top, and text. */
export async function generatedPages(root: string): Promise<ReadonlyMap<string, string>> {
  const read = (path: string): string => readFileSync(join(root, path), 'utf8');
  return new Map([
    ['docs/errors.md', errorsPage(await readErrorTables(root))],
    ['docs/protocol.md', fillMarked(read('docs/protocol.md'), await protocolTables(read))],
    ['docs/metrics.md', metricsPage(METRIC_DEFINITIONS, HEALTH_DEFINITIONS)],
  ]);
}
