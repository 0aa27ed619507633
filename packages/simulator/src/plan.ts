import { type MemberIndex, quorumOf, Rng } from '@cairn/primitives';
import type { BehaviourName } from './adversaries/index.ts';
import { BEHAVIOUR_NAMES } from './adversaries/index.ts';
import { FAULT_KINDS, type Fault, type FaultKind } from './fault.ts';

/** A member that is not honest, and what it does. */
export interface ByzantineMember {
  readonly member: MemberIndex;
  readonly behaviours: readonly BehaviourName[];
}

/** A whole run: the same plan gives the same transcript. */
export interface Plan {
  readonly seed: number;
  readonly memberCount: number;
  readonly isRealFrost: boolean;
  readonly viewTimeoutMs: number;
  readonly deviceCount: number;
  readonly reportsPerSecond: number;
  /** Faults are over by then, and the workload too. */
  readonly chaosMs: number;
  readonly faults: readonly Fault[];
  readonly byzantine: readonly ByzantineMember[];
}

export interface PlanLimits {
  readonly memberCount?: number;
  /** About so many heights before it heals, were there no faults. */
  readonly heights?: number;
  readonly faults?: readonly FaultKind[];
  readonly behaviours?: readonly BehaviourName[];
  readonly isRealFrost?: boolean;
}

const MS_PER_HEIGHT = 150;
const FAULTS_PER_KIND_MAX = 3;
const HEIGHTS = [6, 12, 16, 16, 24] as const;
/** A share of the seeds runs with real FROST, where that does not cost the time of hundreds of others. */
const REAL_FROST_CHANCE = 0.05;
const REAL_FROST_MEMBERS_MAX = 7;

/** What seed `seed` runs. Each seed has its own mix of fault kinds (swarm testing), so that rare mixes come up too. */
export function planOf(seed: number, limits: PlanLimits = {}): Plan {
  const rng = new Rng(seed);
  const memberCount = limits.memberCount ?? memberCountOf(rng);
  const chaosMs = (limits.heights ?? rng.pick(HEIGHTS)) * MS_PER_HEIGHT;
  const byzantine = byzantineOf(rng, memberCount, limits.behaviours ?? BEHAVIOUR_NAMES);
  const kinds = (limits.faults ?? FAULT_KINDS).filter(() => rng.chance(0.4));
  const faults = kinds.flatMap((kind) =>
    Array.from({ length: rng.integer(1, FAULTS_PER_KIND_MAX) }, () => faultOf(kind, { rng, memberCount, chaosMs })),
  );
  return {
    seed,
    memberCount,
    isRealFrost: limits.isRealFrost ?? (rng.chance(REAL_FROST_CHANCE) && memberCount <= REAL_FROST_MEMBERS_MAX),
    viewTimeoutMs: rng.pick([250, 500, 1000]),
    deviceCount: rng.integer(2, 6),
    reportsPerSecond: rng.pick([5, 20, 60]),
    chaosMs,
    faults: faults.sort((a, b) => a.atMs - b.atMs),
    byzantine,
  };
}

/** 4 to 31. A run costs about the square of it, so most are small; large ones come up in one seed of 25. */
function memberCountOf(rng: Rng): number {
  const percent = rng.integer(0, 99);
  if (percent < 50) return 4;
  if (percent < 84) return rng.pick([5, 6, 7, 7]);
  if (percent < 96) return rng.integer(8, 10);
  return percent < 99 ? rng.integer(11, 16) : rng.integer(17, 31);
}

function byzantineOf(rng: Rng, memberCount: number, names: readonly BehaviourName[]): ByzantineMember[] {
  const { faulty } = quorumOf(memberCount);
  const count = names.length === 0 || rng.chance(0.3) ? 0 : rng.integer(0, faulty);
  const members = rng.shuffled(Array.from({ length: memberCount }, (_, member) => member)).slice(0, count);
  return members.map((member) => ({
    member,
    behaviours: rng.shuffled(names).slice(0, rng.integer(1, Math.min(3, names.length))),
  }));
}

interface FaultContext {
  readonly rng: Rng;
  readonly memberCount: number;
  readonly chaosMs: number;
}

function faultOf(kind: FaultKind, { rng, memberCount, chaosMs }: FaultContext): Fault {
  const atMs = rng.integer(0, Math.floor(chaosMs * 0.9));
  const span = { atMs, forMs: rng.integer(10, Math.max(10, chaosMs - atMs)) };
  const member = rng.integer(0, memberCount - 1);
  const everyone = Array.from({ length: memberCount }, (_, index) => index);
  switch (kind) {
    case 'delay': {
      const lowMs = rng.integer(1, 100);
      return { ...span, kind, lowMs, highMs: lowMs + rng.pick([10, 100, 1000]) };
    }
    case 'loss':
      return { ...span, kind, chance: rng.pick([0.02, 0.1, 0.3, 0.6]) };
    case 'duplicate':
      return { ...span, kind, chance: rng.pick([0.05, 0.3]) };
    case 'reorder':
      return { ...span, kind, chance: rng.pick([0.1, 0.5]), byMs: rng.pick([20, 200, 2000]) };
    case 'partition': {
      const parts = rng.integer(2, 3);
      return { ...span, kind, groups: everyone.map(() => rng.integer(0, parts - 1)), isHeld: rng.chance(0.5) };
    }
    case 'asymmetric': {
      const shuffled = rng.shuffled(everyone);
      const cut = rng.integer(1, memberCount - 1);
      return { ...span, kind, from: shuffled.slice(0, cut), to: shuffled.slice(cut), isHeld: rng.chance(0.5) };
    }
    case 'slow-link':
      return { ...span, kind, from: member, to: rng.integer(0, memberCount - 1), byMs: rng.pick([50, 500, 3000]) };
    case 'chain-down':
    case 'chain-slow':
    case 'chain-fork':
    case 'anchor-crash':
      return { ...span, kind };
    case 'crash':
    case 'disk-full':
      return { ...span, kind, member };
    case 'crash-at-write':
      return { ...span, kind, member, write: rng.pick(['lost', 'torn', 'kept', 'kept']) };
    case 'crash-at-send':
      return { ...span, kind, member, sends: rng.integer(0, memberCount) };
    case 'clock-skew':
      // Members keep their clocks within 500 ms of each other.
      return { ...span, kind, member, byMs: rng.integer(-250, 250) };
    case 'clock-jump':
      return { ...span, kind, member, byMs: rng.pick([-60_000, -5000, -1000, 1000, 5000, 60_000, 3_600_000]) };
  }
}
