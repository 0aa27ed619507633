import { parseArgs } from 'node:util';
import { FORK_RULES, type ForkRule } from '@cairn/consensus';

/** What `pnpm explore:core` was asked for. */
export interface ExploreArguments {
  /** null: everything, not only schedules near the orderly one. */
  readonly deviationsMax: number | null;
  readonly viewCount: number;
  /** Which views the Byzantine member leads: one search each. One beyond the last: it leads none. */
  readonly rogueViews: readonly number[];
  readonly crashesMax: number;
  readonly statesMax: number;
  readonly without: readonly ForkRule[];
  readonly isJson: boolean;
}

export const EXPLORE_USAGE = `pnpm explore:core [options]: runs the real replica, n = 4, f = 1, one height, through every schedule within bounds
  --deviations D     all schedules with up to D deviations from the orderly one (2)
  --all              all schedules whatsoever; feasible with one view
  --views V          views 0 .. V - 1 of the height (2)
  --rogue-view R     the Byzantine member leads view R; R = V: it leads none (each from 0 to V in turn)
  --crashes C        restarts from the journal in one schedule, of all members together (1)
  --without RULE     takes a rule out: ${FORK_RULES.join(', ')}
  --states-max N     where a search gives up, and says so (20000000)
  --json             the reports as one JSON array
A deviation: the Byzantine member sends one thing to some; links are cut or restored; a message overtakes others or gets
through a cut; a timer fires early; a member dies and starts again from its journal.
Exit code 0: nothing is broken and everything within the bounds was covered; 1: something is broken; 2: it gave up, or bad arguments.`;

/** @throws Error for arguments that make no sense. @returns null when help is asked for. */
export function parseExploreArguments(argv: readonly string[]): ExploreArguments | null {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      deviations: { type: 'string', default: '2' },
      all: { type: 'boolean', default: false },
      views: { type: 'string', default: '2' },
      'rogue-view': { type: 'string' },
      crashes: { type: 'string', default: '1' },
      without: { type: 'string' },
      'states-max': { type: 'string', default: '20000000' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return null;
  const viewCount = integer('--views', values.views, 1, 3);
  const asked = values['rogue-view'];
  const all = Array.from({ length: viewCount + 1 }, (_, view) => view);
  const { without } = values;
  const rules = FORK_RULES.filter((rule) => rule === without);
  if (without !== undefined && rules.length === 0) throw new Error(`--without knows no ${without}`);
  return {
    deviationsMax: values.all ? null : integer('--deviations', values.deviations, 0, 9),
    viewCount,
    rogueViews: asked === undefined ? all : [integer('--rogue-view', asked, 0, viewCount)],
    crashesMax: integer('--crashes', values.crashes, 0, 9),
    statesMax: integer('--states-max', values['states-max'], 1, 2 ** 30),
    without: rules,
    isJson: values.json,
  };
}

function integer(name: string, text: string, low: number, high: number): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= low && value <= high) return value;
  throw new Error(`${name} wants a whole number from ${low} to ${high}`);
}
