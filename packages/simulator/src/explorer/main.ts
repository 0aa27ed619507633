// Before the code that is explored.
import './private-fields.ts';
import type { ExploreArguments } from './explore-arguments.ts';
import type { SearchReport } from './report.ts';

const { EXPLORE_USAGE, parseExploreArguments } = await import('./explore-arguments.ts');
const { searchAll } = await import('./search-all.ts');
const { searchDeviations } = await import('./search-deviations.ts');

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

type TimedReport = SearchReport & { readonly rogueView: number; readonly seconds: number };

function searched(options: ExploreArguments, rogueView: number): TimedReport {
  const { viewCount, crashesMax, statesMax, deviationsMax } = options;
  const size = { rogueView, viewCount, crashesMax, statesMax, without: new Set(options.without) };
  const startedMs = performance.now();
  const seconds = () => Number(((performance.now() - startedMs) / 1000).toFixed(1));
  const progress = ({ depth, states, localStates }: SearchReport): void => {
    const what = deviationsMax === null ? 'actions' : 'deviations';
    say(
      `rogue leads view ${rogueView}: ${depth} ${what}, ${states} states (${localStates} of members), ${seconds()} s`,
    );
  };
  const report =
    deviationsMax === null ? searchAll(size, progress) : searchDeviations({ ...size, deviationsMax }, progress);
  return { ...report, rogueView, seconds: seconds() };
}

function extentOf({ isComplete, broken }: SearchReport): string {
  if (isComplete) return 'all covered';
  return broken === null ? 'NOT all covered, it gave up' : 'ended by what is broken';
}

function inWords({ deviationsMax, viewCount, crashesMax }: ExploreArguments, report: TimedReport): string {
  const bound = deviationsMax === null ? 'all schedules' : `up to ${deviationsMax} deviations`;
  const leads = report.rogueView < viewCount ? `leads view ${report.rogueView}` : 'leads no view';
  const { states, actions, localStates, localTransitions, steps, seconds } = report;
  const result = report.broken === null ? 'nothing is broken' : `BROKEN: ${report.broken.invariant}`;
  return [
    `${viewCount} views, ${crashesMax} crashes, ${bound}, the Byzantine member ${leads}: ${extentOf(report)}`,
    `  ${states} states, ${actions} actions; ${localStates} states of single members, ${localTransitions} actions in them, ${steps} steps of the code; ${seconds} s`,
    `  ${result}`,
    ...(report.broken?.schedule ?? []).map((line) => `    ${line}`),
  ].join('\n');
}

function main(): number {
  const options = parseExploreArguments(process.argv.slice(2));
  if (options === null) {
    process.stdout.write(`${EXPLORE_USAGE}\n`);
    return 0;
  }
  const reports: TimedReport[] = [];
  for (const rogueView of options.rogueViews) {
    const report = searched(options, rogueView);
    reports.push(report);
    if (!options.isJson) process.stdout.write(`${inWords(options, report)}\n`);
    if (report.broken !== null) break;
  }
  if (options.isJson) process.stdout.write(`${JSON.stringify(reports)}\n`);
  if (reports.some(({ broken }) => broken !== null)) return 1;
  return reports.every(({ isComplete }) => isComplete) ? 0 : 2;
}

try {
  process.exitCode = main();
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  say('pnpm explore:core --help');
  process.exitCode = 2;
}
