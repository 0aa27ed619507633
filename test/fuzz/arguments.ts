import { parseArgs } from 'node:util';

/** What `pnpm fuzz` was asked for. */
export interface FuzzArguments {
  readonly target: string;
  readonly inputs: number;
  readonly seed: number;
  readonly only: number | undefined;
  readonly parallel: number;
  readonly isJson: boolean;
  readonly isList: boolean;
  readonly isHelp: boolean;
}

export const USAGE = `pnpm fuzz [TARGET] [--inputs N] [--seed N] [--parallel N] [--json]
pnpm fuzz TARGET --seed N --only INDEX     replays one input (of a session: with those before it)

Feeds generated and mutated inputs to every decoder and every entry for peers. Ends with 1 when something threw an
uncoded error, broke a rule of its target, hung, or held ever more memory.

  TARGET        all (default), in-process (without sockets), a family such as wire, or one such as wire/batch
  --inputs N    for each target, or its share of them where one costs much (1000000)
  --seed N      equal seeds give equal inputs (1)
  --parallel N  targets at once, a thread each (1)
  --list        names of targets and their shares
  --json        the summary as one JSON object`;

const INPUTS = 1_000_000;

/** @throws Error with the usage for arguments that make no sense. */
export function parseFuzzArguments(argv: readonly string[]): FuzzArguments {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      inputs: { type: 'string' },
      seed: { type: 'string' },
      only: { type: 'string' },
      parallel: { type: 'string' },
      json: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false, short: 'h' },
    },
  });
  // a lone -- is what npm puts before arguments
  const names = positionals.filter((name) => name !== '--');
  if (names.length > 1) throw new Error(USAGE);
  return {
    target: names[0] ?? 'all',
    inputs: integer('--inputs', values.inputs, 1) ?? INPUTS,
    seed: integer('--seed', values.seed, 0) ?? 1,
    only: integer('--only', values.only, 0),
    parallel: integer('--parallel', values.parallel, 1) ?? 1,
    isJson: values.json,
    isList: values.list,
    isHelp: values.help,
  };
}

function integer(name: string, text: string | undefined, min: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < min) throw new Error(`${name} takes an integer from ${min}\n\n${USAGE}`);
  return value;
}
