import { parseArgs } from 'node:util';
import { type FaultKind, kindsFor, type WiringName } from './plan.ts';

/** What `pnpm faults` was asked for. */
export interface FaultArguments {
  readonly seed: number;
  readonly rounds: number;
  readonly minutes: number;
  readonly wirings: readonly WiringName[];
  readonly kinds: readonly FaultKind[];
  readonly isJson: boolean;
  readonly isHelp: boolean;
}

const WIRINGS: readonly WiringName[] = ['relay', 'namespaces'];
const KINDS = new Set(WIRINGS.flatMap((wiring) => kindsFor({ wiring, smallDiskMember: 0, narrow: true, netem: true })));

export const USAGE = `pnpm faults [--seed N] [--rounds R] [--minutes M] [--wiring relay|namespaces|both] [--kinds a,b] [--json]
  Four members and an aggregator as real processes, devices that report all the time, and faults by a seeded plan. After
  every round all journals, chains and the archive are read from disk and checked; the first violation ends the run.
  --seed N      of the plan; the timing of real processes is nobody's to repeat (1)
  --rounds R    how many in all (12; with --minutes as many as fit)
  --minutes M   no new round after so long
  --wiring W    relay: members of 127.0.0.1, joined by relays of this program. namespaces: each in a network namespace of
                its own, joined by a bridge. both, in turn, is the default; what the machine lacks is left out and named
  --kinds a,b   only these, of: ${[...KINDS].join(', ')}
  --json        the summary as one JSON object
Nothing is left behind unless an invariant broke: then the data stay, and the last line says where.`;

/** @throws Error with the usage for arguments that make no sense. */
export function parseFaultArguments(argv: readonly string[]): FaultArguments {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      seed: { type: 'string', default: '1' },
      rounds: { type: 'string' },
      minutes: { type: 'string' },
      wiring: { type: 'string', default: 'both' },
      kinds: { type: 'string', default: '' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const { wiring, kinds } = values;
  if (wiring !== 'both' && !isOneOf(WIRINGS, wiring)) throw new Error(`no wiring ${wiring}\n${USAGE}`);
  const minutes = values.minutes === undefined ? Number.POSITIVE_INFINITY : number('--minutes', values.minutes);
  return {
    seed: number('--seed', values.seed),
    rounds: values.rounds === undefined ? defaultRounds(minutes) : number('--rounds', values.rounds),
    minutes,
    wirings: wiring === 'both' ? WIRINGS : [wiring],
    kinds: kinds.split(',').filter(Boolean).map(kindOf),
    isJson: values.json,
    isHelp: values.help,
  };
}

const defaultRounds = (minutes: number): number => (Number.isFinite(minutes) ? Number.POSITIVE_INFINITY : 12);

function kindOf(text: string): FaultKind {
  const kind = [...KINDS].find((known) => known === text);
  if (kind === undefined) throw new Error(`no fault ${text}\n${USAGE}`);
  return kind;
}

function number(name: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new Error(`${name} takes a number\n${USAGE}`);
}

function isOneOf<T extends string>(words: readonly T[], text: string): text is T {
  return (words as readonly string[]).includes(text);
}
