import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { ForkRule } from '@cairn/consensus';
import { type Plan, planOf } from '../plan.ts';
import { type Outcome, runPlan } from '../run-plan.ts';
import { shrink } from '../shrink.ts';
import { parseSimArguments, type SimArguments, USAGE } from './arguments.ts';
import { KeptState, type RunState } from './kept-state.ts';
import { ProgressLine } from './progress-line.ts';
import { addSummaries, asJson, describe, type Summary, summaryOf, type Took } from './summary.ts';
import { runVolume } from './volume.ts';

/** How many of the last events a failure shows. */
const SHOWN_EVENTS = 40;
/** Failing seeds that are explained in full; the others are only listed. */
const EXPLAINED_MAX = 3;

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

async function main(argv: readonly string[]): Promise<number> {
  const options = parseSimArguments(argv, availableParallelism());
  if (options === null) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  if (options.planFile !== null) return replay(JSON.parse(readFileSync(options.planFile, 'utf8')) as Plan, options);
  if (options.firstSeed === options.lastSeed) return runOne(options);
  const { summary, took } = await runSeeds(options);
  process.stdout.write(options.isJson ? `${asJson(summary, took)}\n` : `${describe(summary, took)}\n`);
  for (const { seed } of summary.failures.slice(0, EXPLAINED_MAX)) explain(planOf(seed, options.limits), options);
  const others = summary.failures.slice(EXPLAINED_MAX).map(({ seed, invariant }) => `${seed} (${invariant})`);
  if (others.length > 0) say(`also failing: ${others.join(', ')}`);
  return summary.failures.length === 0 ? 0 : 1;
}

/** Since this process began. */
function tookSoFar(): Took {
  const { user, system } = process.cpuUsage();
  return { elapsedMs: performance.now(), cpuMs: (user + system) / 1000 };
}

function addTook(a: Took, b: Took): Took {
  return { elapsedMs: a.elapsedMs + b.elapsedMs, cpuMs: a.cpuMs + b.cpuMs };
}

function runOne(options: SimArguments): number {
  const outcome = runPlan(planOf(options.firstSeed, options.limits), { without: new Set(options.without) });
  const took = tookSoFar();
  const summary = summaryOf(outcome);
  if (options.isJson) process.stdout.write(`${asJson(summary, took)}\n`);
  else
    process.stdout.write(
      `seed ${options.firstSeed}: transcript ${outcome.transcriptHash}\n${describe(summary, took)}\n`,
    );
  if (outcome.violation !== null) explain(outcome.plan, options);
  return outcome.violation === null ? 0 : 1;
}

async function runSeeds(options: SimArguments): Promise<RunState> {
  const state = new KeptState(options);
  const { before } = state;
  const firstSeed = options.firstSeed + before.summary.seeds;
  if (firstSeed > options.lastSeed) return before;
  const line = new ProgressLine(options.lastSeed - firstSeed + 1, say);
  let isStopped = false;
  const stop = (): void => {
    say(isStopped ? 'stopped' : 'stopping after the seeds under way; again to stop at once');
    if (isStopped) process.exit(130);
    isStopped = true;
  };
  process.on('SIGINT', stop);
  const sinceStart = (soFar: Summary): RunState => ({
    summary: addSummaries(before.summary, soFar),
    took: addTook(before.took, tookSoFar()),
  });
  const total = await runVolume(
    { ...options, firstSeed },
    {
      workers: options.workers,
      isStopped: () => isStopped,
      onProgress: (soFar) => {
        if (line.show(soFar)) state.keep(sinceStart(soFar));
      },
    },
  );
  process.off('SIGINT', stop);
  const after = sinceStart(total);
  state.keep(after);
  const next = options.firstSeed + after.summary.seeds;
  if (next <= options.lastSeed) say(`the rest: --seeds ${next}..${options.lastSeed}`);
  return after;
}

function replay(plan: Plan, options: SimArguments): number {
  const outcome = runPlan(plan, { without: new Set(options.without) });
  process.stdout.write(`transcript ${outcome.transcriptHash}\n${describe(summaryOf(outcome), tookSoFar())}\n`);
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
