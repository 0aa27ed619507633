import { Rng } from '@cairn/primitives';

/** What happens to processes, whatever joins them. */
const PROCESS_FAULTS = ['kill', 'stop', 'restart-loop', 'aggregator-kill'] as const;
/** More than f members at once. */
const QUORUM_FAULTS = ['kill-two', 'stop-two', 'kill-all', 'split'] as const;
const LINK_FAULTS = ['cut', 'one-way'] as const;
const RELAY_FAULTS = ['delay', 'flaky', 'silence'] as const;
const NAMESPACE_FAULTS = ['link-down', 'narrow', 'netem'] as const;
const DISK_FAULTS = ['disk-full'] as const;

export type FaultKind =
  | (typeof PROCESS_FAULTS)[number]
  | (typeof QUORUM_FAULTS)[number]
  | (typeof LINK_FAULTS)[number]
  | (typeof RELAY_FAULTS)[number]
  | (typeof NAMESPACE_FAULTS)[number]
  | (typeof DISK_FAULTS)[number];

export type WiringName = 'relay' | 'namespaces';

/** Kinds that only make links worse: they may come beside another. */
export const isDegrading = (kind: FaultKind): boolean => ['delay', 'narrow', 'netem'].includes(kind);
/** Kinds under which nothing may be certified. */
export const stopsQuorum = (kind: FaultKind): boolean => (QUORUM_FAULTS as readonly FaultKind[]).includes(kind);

export interface Fault {
  readonly kind: FaultKind;
  /** Who is hit; nobody in particular: empty. */
  readonly members: readonly number[];
  /** How hard, 0 to 1. */
  readonly level: number;
  /** Of what the fault draws while it lasts. */
  readonly seed: number;
}

export interface Round {
  readonly faults: readonly Fault[];
  readonly holdMs: number;
}

/** What this machine allows. */
export interface Abilities {
  readonly wiring: WiringName;
  /** The member whose data is on a small disk of its own; null: none. */
  readonly smallDiskMember: number | null;
  /** `tc` kinds that there are. */
  readonly narrow: boolean;
  readonly netem: boolean;
}

const MEMBERS = [0, 1, 2, 3];
const HOLD_MS = { min: 1500, max: 6000 };
const COMPANION_CHANCE = 0.3;

export function kindsFor({ wiring, smallDiskMember, narrow, netem }: Abilities): readonly FaultKind[] {
  const links: readonly FaultKind[] = wiring === 'relay' ? RELAY_FAULTS : NAMESPACE_FAULTS;
  const all: readonly FaultKind[] = [...PROCESS_FAULTS, ...QUORUM_FAULTS, ...LINK_FAULTS, ...links, ...DISK_FAULTS];
  const missing = new Map<FaultKind, boolean>([
    ['narrow', !narrow],
    ['netem', !netem],
    ['disk-full', smallDiskMember === null],
  ]);
  return all.filter((kind) => missing.get(kind) !== true);
}

/** Rounds of a seed without end: every kind comes once before any comes again. At most one in three takes the quorum away. */
export function* rounds(seed: number, abilities: Abilities, only: readonly FaultKind[] = []): Generator<Round> {
  const rng = new Rng(seed);
  const kinds = kindsFor(abilities).filter((kind) => only.length === 0 || only.includes(kind));
  const companions = kindsFor(abilities).filter(isDegrading);
  for (;;) {
    for (const kind of rng.shuffled(kinds)) {
      const faults = [faultOf(kind, rng, abilities)];
      const hasCompanion = !isDegrading(kind) && companions.length > 0 && rng.chance(COMPANION_CHANCE);
      if (hasCompanion) faults.unshift(faultOf(rng.pick(companions), rng, abilities));
      yield { faults, holdMs: rng.integer(HOLD_MS.min, HOLD_MS.max) };
    }
  }
}

function faultOf(kind: FaultKind, rng: Rng, { smallDiskMember }: Abilities): Fault {
  const shuffled = rng.shuffled(MEMBERS);
  const common = { kind, level: rng.fraction(), seed: rng.uint32() };
  if (isDegrading(kind) || kind === 'aggregator-kill') return { ...common, members: [] };
  if (kind === 'kill-all') return { ...common, members: MEMBERS };
  if (kind === 'disk-full') return { ...common, members: [smallDiskMember ?? 0] };
  return { ...common, members: shuffled.slice(0, stopsQuorum(kind) ? 2 : 1) };
}

export function describeRound({ faults, holdMs }: Round): string {
  const parts = faults.map(({ kind, members }) => (members.length === 0 ? kind : `${kind} ${members.join('+')}`));
  return `${parts.join(' and ')} for ${(holdMs / 1000).toFixed(1)} s`;
}
