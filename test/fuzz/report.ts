import type { Finding, TargetResult } from './runner/finding.ts';

export interface FuzzSummary {
  readonly seed: number;
  readonly targets: number;
  readonly inputs: number;
  readonly elapsedMs: number;
  readonly results: readonly TargetResult[];
  readonly findings: readonly Finding[];
}

export function summaryOf(results: readonly TargetResult[], { seed }: { readonly seed: number }): FuzzSummary {
  const sum = (of: (result: TargetResult) => number) => results.reduce((total, result) => total + of(result), 0);
  return {
    seed,
    targets: results.length,
    inputs: sum(({ inputs }) => inputs),
    elapsedMs: Math.round(sum(({ elapsedMs }) => elapsedMs)),
    results,
    findings: results.flatMap(({ findings }) => findings),
  };
}

const HEAD = ['target', 'inputs', 'accepted', 'slowest', 'heap', 'inputs/s', 'findings'];

/** One line a target, and the sums. */
export function tableOf(results: readonly TargetResult[]): string {
  const rows = [HEAD, ...results.map(rowOf)];
  const inputs = results.reduce((sum, result) => sum + result.inputs, 0);
  const findings = results.reduce((sum, result) => sum + result.findings.length, 0);
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => (row[column] as string).length)));
  const lines = rows.map((row) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd : cell.padStart).call(cell, widths[i] as number)),
  );
  return [
    ...lines.map((line) => line.join('  ')),
    `${results.length} targets, ${inputs} inputs, ${findings} findings`,
  ].join('\n');
}

function rowOf({ target, inputs, accepted, slowestMs, heapGrowthBytes, elapsedMs, findings }: TargetResult): string[] {
  const percent = `${((100 * accepted) / Math.max(1, inputs)).toFixed(1)}%`;
  const rate = Math.round((1000 * inputs) / Math.max(1, elapsedMs));
  const growth = `${(heapGrowthBytes / 2 ** 20).toFixed(1)} MiB`;
  return [target, `${inputs}`, percent, `${slowestMs.toFixed(1)} ms`, growth, `${rate}`, `${findings.length}`];
}

const SHOWN_HEX = 4096;

/** What happened, with which input, and how to see it again. */
export function explain({ target, kind, seed, index, detail, input, minimal }: Finding): string {
  const shown = minimal ?? input;
  const hex =
    shown === null ? [] : [`  ${minimal === null ? 'input' : 'shortest'}: ${shown.slice(0, SHOWN_HEX) || '(empty)'}`];
  const replay = `  replay: pnpm fuzz ${target} --seed ${seed} --only ${index}`;
  return [`\n${kind}: ${target}, input ${index}`, detail.replaceAll(/^/gm, '  '), ...hex, replay].join('\n');
}
