import { parseArgs } from 'node:util';
import { FORK_RULES, type ForkRule } from '@cairn/consensus';
import { BEHAVIOUR_NAMES } from '../adversaries/index.ts';
import { FAULT_KINDS } from '../fault.ts';
import type { PlanLimits } from '../plan.ts';

/** What `pnpm sim` was asked for. */
export interface SimArguments {
  readonly firstSeed: number;
  readonly lastSeed: number;
  readonly limits: PlanLimits;
  readonly without: readonly ForkRule[];
  /** Worker threads; 1 runs in this thread. */
  readonly workers: number;
  readonly isShrinking: boolean;
  /** A plan as printed on a failure. */
  readonly planFile: string | null;
  readonly isJson: boolean;
  /** Where a stopped run keeps what it has, and goes on from. */
  readonly stateFile: string | null;
}

export const USAGE = `pnpm sim --seed N | --seeds A..B | --plan FILE
  --nodes N          members, 4 to 31; without it the seed picks
  --heights H        about so many heights before the network heals; without it the seed picks
  --faults a,b|none  of: ${FAULT_KINDS.join(', ')}
  --adversaries a,b|none  of: ${BEHAVIOUR_NAMES.join(', ')}
  --real-frost       real FROST in all seeds; without it in one of 20 of small committees
  --toy              real FROST in none
  --parallel [N]     worker threads (with --seeds); all cores without a number
  --without a,b      takes rules out: ${FORK_RULES.join(', ')}
  --no-shrink        print a failing plan as it is
  --resume FILE      goes on where FILE stands, and keeps it up to date (with --seeds)
  --json             the summary as one JSON object
Ctrl-C ends a run after the seeds under way, with the summary so far.`;

/** @returns null when help is asked for. @throws Error with the usage for arguments that make no sense. */
export function parseSimArguments(argv: readonly string[], cores: number): SimArguments | null {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      seed: { type: 'string' },
      seeds: { type: 'string' },
      plan: { type: 'string' },
      nodes: { type: 'string' },
      heights: { type: 'string' },
      faults: { type: 'string' },
      adversaries: { type: 'string' },
      'real-frost': { type: 'boolean', default: false },
      toy: { type: 'boolean', default: false },
      resume: { type: 'string' },
      parallel: { type: 'boolean', default: false },
      without: { type: 'string' },
      'no-shrink': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return null;
  const [firstSeed, lastSeed] = seedsOf(values.seed, values.seeds);
  const limits: PlanLimits = {
    ...(values.nodes === undefined ? {} : { memberCount: integer('--nodes', values.nodes, 4, 31) }),
    ...(values.heights === undefined ? {} : { heights: integer('--heights', values.heights, 1, 1_000_000) }),
    ...(values.faults === undefined ? {} : { faults: namesOf('--faults', values.faults, FAULT_KINDS) }),
    ...(values.adversaries === undefined
      ? {}
      : { behaviours: namesOf('--adversaries', values.adversaries, BEHAVIOUR_NAMES) }),
    ...(values['real-frost'] || values.toy ? { isRealFrost: values['real-frost'] } : {}),
  };
  const asked = positionals[0] === undefined ? cores : integer('--parallel', positionals[0], 1, 256);
  return {
    firstSeed,
    lastSeed,
    limits,
    without: values.without === undefined ? [] : namesOf('--without', values.without, FORK_RULES),
    workers: values.parallel ? asked : 1,
    isShrinking: !values['no-shrink'],
    planFile: values.plan ?? null,
    isJson: values.json,
    stateFile: values.resume ?? null,
  };
}

function seedsOf(seed: string | undefined, seeds: string | undefined): readonly [number, number] {
  if (seeds === undefined) {
    const only = integer('--seed', seed ?? '1', 0, Number.MAX_SAFE_INTEGER);
    return [only, only];
  }
  const match = /^(\d+)(?:\.\.(\d+))?$/.exec(seeds);
  if (match === null) throw new Error(`--seeds wants A..B or a count\n${USAGE}`);
  const [first, last] = match[2] === undefined ? [1, Number(match[1])] : [Number(match[1]), Number(match[2])];
  if (last < first) throw new Error(`--seeds ${seeds} is empty\n${USAGE}`);
  return [first, last];
}

function integer(name: string, text: string, low: number, high: number): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < low || value > high) {
    throw new Error(`${name} wants a whole number from ${low} to ${high}\n${USAGE}`);
  }
  return value;
}

function namesOf<T extends string>(name: string, text: string, known: readonly T[]): T[] {
  if (text === 'none') return [];
  return text.split(',').map((given) => {
    const found = known.find((one) => one === given);
    if (found === undefined) throw new Error(`${name} knows no ${given}\n${USAGE}`);
    return found;
  });
}
