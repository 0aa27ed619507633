import { FORK_RULES } from '@cairn/consensus';
import { explore } from './explore.ts';

/** `pnpm explore [members] [views] [rule that is taken out]`: every state of the model, or a shortest way to a fork. */
const [members = '4', views = '3', rule] = process.argv.slice(2);
const without = new Set(FORK_RULES.filter((known) => known === rule));
if (rule !== undefined && without.size === 0) throw new Error(`no such rule; there are ${FORK_RULES.join(', ')}`);
const startedMs = performance.now();
const result = explore({ memberCount: Number(members), viewCount: Number(views), without }, 20_000_000);
const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
const extent = result.isComplete ? 'all' : 'not all';
process.stdout.write(
  `${members} members, ${views} views: ${result.states} states, ${result.transitions} transitions (${extent} of them) in ${seconds} s\n`,
);
process.stdout.write(result.fork === null ? 'no fork\n' : `fork:\n  ${result.fork.join('\n  ')}\n`);
