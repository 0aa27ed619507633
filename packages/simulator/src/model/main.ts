import { parseArgs } from 'node:util';
import { FORK_RULES } from '@cairn/consensus';
import { explore } from './explore.ts';

const STATES_MAX = 20_000_000;
const USAGE = `pnpm explore [MEMBERS] [VIEWS] [--without RULE] [--json]

Visits every state of a model of agreement (protocol section 5) with one Byzantine member, or shows a shortest way to a
fork. Ends with 0 when there is none, with 1 when there is one, with 3 when the states did not fit.

  MEMBERS         of the committee (4)
  VIEWS           of the one height (3)
  --without RULE  takes a [fork] rule out: ${FORK_RULES.join(', ')}
  --json          the result as one JSON object`;

function main(argv: readonly string[]): number {
  const options = { without: { type: 'string' }, json: { type: 'boolean' }, help: { type: 'boolean' } } as const;
  const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true });
  if (values.help) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  const [memberCount = 4, viewCount = 3] = positionals.map(toCount);
  const without = new Set(FORK_RULES.filter((rule) => rule === values.without));
  if (values.without !== undefined && without.size === 0) throw new Error(`no such rule: ${values.without}`);
  const startedMs = performance.now();
  const result = explore({ memberCount, viewCount, without }, STATES_MAX);
  const seconds = Number(((performance.now() - startedMs) / 1000).toFixed(1));
  const { states, transitions, isComplete, fork } = result;
  const extent = isComplete ? 'all' : 'not all';
  const inWords =
    `${memberCount} members, ${viewCount} views: ${states} states, ${transitions} transitions (${extent} of them) in ${seconds} s\n` +
    (fork === null ? 'no fork' : `fork:\n  ${fork.join('\n  ')}`);
  const report = { memberCount, viewCount, without: [...without], states, transitions, isComplete, fork, seconds };
  process.stdout.write(`${values.json ? JSON.stringify(report) : inWords}\n`);
  if (fork !== null) return 1;
  return isComplete ? 0 : 3;
}

function toCount(text: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1 || count > 31) throw new Error(`no number from 1 to 31: ${text}`);
  return count;
}

try {
  process.exitCode = main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n\n${USAGE}\n`);
  process.exitCode = 2;
}
