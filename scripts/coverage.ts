/**
 * `pnpm coverage [PACKAGE...] [--files] [--json]`: lines and branches of the packages whose errors would cost safety, as
 * their own tests and the simulator's cover them. Tests of real processes are not counted.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const PACKAGES = ['consensus', 'threshold', 'ledger', 'replica'];
/** Whose tests run, besides those of the packages. */
const EXERCISERS = ['simulator'];
const SUMMARY = 'coverage/coverage-summary.json';
const USAGE = `pnpm coverage [PACKAGE...] [--files] [--json]

  PACKAGE   of packages/; without one: ${PACKAGES.join(', ')}
  --files   a line for each file too, least covered first
  --json    the figures as one JSON object on the last line`;

/** As Istanbul counts. */
interface Count {
  readonly total: number;
  readonly covered: number;
}
interface Covered {
  readonly name: string;
  readonly lines: Count;
  readonly branches: Count;
}

const root = fileURLToPath(new URL('..', import.meta.url));

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      files: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false, short: 'h' },
    },
  });
  const packages = positionals.filter((name) => name !== '--');
  if (values.help) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  const measured = packages.length > 0 ? packages : PACKAGES;
  rmSync(join(root, SUMMARY), { force: true });
  const code = await runTests(measured);
  if (!existsSync(join(root, SUMMARY))) return code === 0 ? 1 : code;
  const files = readFiles();
  const rows = measured.map((name) =>
    sumOf(
      name,
      files.filter((file) => file.name.startsWith(`packages/${name}/`)),
    ),
  );
  const all = [...rows, sumOf('together', rows)];
  process.stdout.write(`${tableOf(all)}\n`);
  if (values.files)
    process.stdout.write(`\n${tableOf(files.toSorted((a, b) => shareOf(a.branches) - shareOf(b.branches)))}\n`);
  if (values.json) process.stdout.write(`${JSON.stringify({ packages: all })}\n`);
  return code;
}

/** @returns vitest's exit code; what it prints is progress. */
function runTests(measured: readonly string[]): Promise<number> {
  const args = [
    'run',
    ...new Set([...measured, ...EXERCISERS].map((name) => `packages/${name}/`)),
    '--project=pure',
    '--coverage',
    '--coverage.provider=v8',
    '--coverage.reporter=json-summary',
    // a failing test is told by the exit status; the figures are those of what ran
    '--coverage.reportOnFailure',
    ...measured.map((name) => `--coverage.include=packages/${name}/src/**/*.ts`),
    '--coverage.exclude=**/*.test.ts',
    '--coverage.exclude=**/testing/**',
    '--coverage.exclude=**/testing.ts',
    // what is measured takes several times as long
    '--testTimeout=600000',
  ];
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const child = spawn(process.execPath, [vitest, ...args], { cwd: root, stdio: ['inherit', 2, 2] });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
}

function readFiles(): readonly Covered[] {
  const text = readFileSync(join(root, SUMMARY), 'utf8');
  const summary = JSON.parse(text) as Record<string, Omit<Covered, 'name'>>;
  return Object.entries(summary)
    .filter(([path]) => path !== 'total')
    .map(([path, { lines, branches }]) => ({ name: relative(root, path), lines, branches }));
}

function sumOf(name: string, parts: readonly Covered[]): Covered {
  const sum = (kind: 'lines' | 'branches'): Count => ({
    total: parts.reduce((total, part) => total + part[kind].total, 0),
    covered: parts.reduce((total, part) => total + part[kind].covered, 0),
  });
  return { name, lines: sum('lines'), branches: sum('branches') };
}

function shareOf({ total, covered }: Count): number {
  return total === 0 ? 1 : covered / total;
}

function tableOf(rows: readonly Covered[]): string {
  const cells = (count: Count) => [`${(100 * shareOf(count)).toFixed(1)}%`, `${count.covered}/${count.total}`];
  const table = [
    ['package', 'lines', '', 'branches', ''],
    ...rows.map(({ name, lines, branches }) => [name, ...cells(lines), ...cells(branches)]),
  ];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...table.map((row) => (row[column] as string).length)));
  return table
    .map((row) =>
      row
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] as number) : cell.padStart(widths[i] as number)))
        .join('  '),
    )
    .join('\n');
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
