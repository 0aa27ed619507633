import { parseFuzzArguments, USAGE } from './arguments.ts';
import { targetsOf } from './registry.ts';
import { explain, summaryOf, tableOf } from './report.ts';
import type { TargetResult } from './runner/finding.ts';
import { inputsOf } from './runner/run-target.ts';
import { supervise } from './runner/supervise.ts';
import type { Target } from './target.ts';

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

async function main(argv: readonly string[]): Promise<number> {
  const options = parseFuzzArguments(argv);
  if (options.isHelp) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  const targets = await targetsOf(options.target);
  if (targets.length === 0) throw new Error(`no target ${options.target}; --list names them`);
  if (options.isList) {
    for (const { name, share } of targets) process.stdout.write(`${name.padEnd(32)} ${share}\n`);
    return 0;
  }
  const queue = [...targets];
  const results: TargetResult[] = [];
  const drain = async (): Promise<void> => {
    for (let target = queue.shift(); target !== undefined; target = queue.shift()) {
      results.push(await runOne(target, options));
    }
  };
  await Promise.all(Array.from({ length: options.parallel }, drain));
  results.sort((a, b) => (a.target < b.target ? -1 : 1));
  const summary = summaryOf(results, options);
  if (options.isJson) process.stdout.write(`${JSON.stringify(summary)}\n`);
  else process.stdout.write(`${tableOf(results)}\n`);
  return summary.findings.length === 0 ? 0 : 1;
}

async function runOne(
  target: Target,
  options: { readonly inputs: number; readonly seed: number; readonly only: number | undefined },
): Promise<TargetResult> {
  const { inputs, seed, only } = options;
  const total = inputsOf(target, inputs);
  const progress = (done: number) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${target.name} ${done}/${total}   `);
  };
  const result = await supervise(target, {
    inputs,
    seed,
    ...(only === undefined ? {} : { only }),
    onProgress: progress,
  });
  const rate = Math.round((1000 * result.inputs) / Math.max(1, result.elapsedMs));
  const { findings } = result;
  say(
    `${process.stderr.isTTY ? '\r' : ''}${target.name}: ${result.inputs} inputs, ${rate}/s, ${findings.length} findings`,
  );
  for (const finding of findings) say(explain(finding));
  return result;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 2;
}
