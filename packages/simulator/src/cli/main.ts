import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { ForkRule } from '@cairn/consensus';
import { type Plan, planOf } from '../plan.ts';
import { type Outcome, runPlan } from '../run-plan.ts';
import { shrink } from '../shrink.ts';
import { parseSimArguments, type SimArguments } from './arguments.ts';
import { addSummaries, describe, EMPTY_SUMMARY, type Summary, summaryOf } from './summary.ts';
import { runParallel } from './volume.ts';

/** How many of the last events a failure shows. */
const SHOWN_EVENTS = 40;
/** Failing seeds that are explained in full; the others are only listed. */
const EXPLAINED_MAX = 3;

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

async function main(argv: readonly string[]): Promise<number> {
  const options = parseSimArguments(argv, availableParallelism());
  const startedMs = performance.now();
  if (options.planFile !== null) return replay(JSON.parse(readFileSync(options.planFile, 'utf8')) as Plan, options);
  const summary = await runSeeds(options, startedMs);
  const elapsedMs = performance.now() - startedMs;
  if (options.isJson) process.stdout.write(`${JSON.stringify({ ...summary, elapsedMs })}\n`);
  else process.stdout.write(`${describe(summary, elapsedMs)}\n`);
  for (const { seed } of summary.failures.slice(0, EXPLAINED_MAX)) explain(planOf(seed, options.limits), options);
  const others = summary.failures.slice(EXPLAINED_MAX).map(({ seed, invariant }) => `${seed} (${invariant})`);
  if (others.length > 0) say(`also failing: ${others.join(', ')}`);
  return summary.failures.length === 0 ? 0 : 1;
}

async function runSeeds(options: SimArguments, startedMs: number): Promise<Summary> {
  const count = options.lastSeed - options.firstSeed + 1;
  const progress = (soFar: Summary): void => {
    const seconds = (performance.now() - startedMs) / 1000;
    const rate = (soFar.seeds / Math.max(seconds, 0.001)).toFixed(1);
    const line = `${soFar.seeds}/${count} seeds, ${soFar.failures.length} failed, ${soFar.heights} heights, ${rate} seeds/s`;
    if (process.stderr.isTTY) process.stderr.write(`\r${line}  `);
    else if (soFar.seeds % 1000 < 20) say(line);
  };
  if (options.workers > 1) return runParallel(options, options.workers, progress);
  let summary = EMPTY_SUMMARY;
  for (let seed = options.firstSeed; seed <= options.lastSeed; seed++) {
    const outcome = runPlan(planOf(seed, options.limits), { without: new Set(options.without) });
    summary = addSummaries(summary, summaryOf(outcome));
    if (count === 1) process.stdout.write(`seed ${seed}: transcript ${outcome.transcriptHash}\n`);
    else progress(summary);
  }
  return summary;
}

function replay(plan: Plan, options: SimArguments): number {
  const outcome = runPlan(plan, { without: new Set(options.without) });
  process.stdout.write(`transcript ${outcome.transcriptHash}\n${describe(summaryOf(outcome), 1)}\n`);
  if (outcome.violation !== null) showFailure(outcome);
  return outcome.violation === null ? 0 : 1;
}

function explain(plan: Plan, options: SimArguments): void {
  const without: ReadonlySet<ForkRule> = new Set(options.without);
  const outcome = runPlan(plan, { without });
  if (outcome.violation === null) return say(`seed ${plan.seed} did not fail again: the run is not deterministic`);
  const { invariant } = outcome.violation;
  say(`\nseed ${plan.seed} breaks ${invariant}`);
  if (!options.isShrinking) return showFailure(outcome);
  const { plan: smallest, tries } = shrink(
    plan,
    (smaller) => runPlan(smaller, { without }).violation?.invariant === invariant,
  );
  say(`shrunk in ${tries} runs from ${plan.faults.length} faults to ${smallest.faults.length}`);
  showFailure(runPlan(smallest, { without }));
}

function showFailure(outcome: Outcome): void {
  say(outcome.violation?.detail ?? 'nothing is broken');
  say(`last events (virtual ms, from>to or member, what):\n  ${outcome.lastEvents.slice(-SHOWN_EVENTS).join('\n  ')}`);
  say(`transcript ${outcome.transcriptHash}`);
  say(`replay: pnpm sim --seed ${outcome.plan.seed}, or the plan below with: pnpm sim --plan FILE`);
  say(JSON.stringify(outcome.plan));
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 2;
}
