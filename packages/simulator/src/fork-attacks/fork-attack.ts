import type { ForkRule } from '@cairn/consensus';
import { type MemberIndex, quorumOf, Rng } from '@cairn/primitives';
import { Coalition } from '../adversaries/coalition.ts';
import type { Rogue } from '../adversaries/rogue.ts';
import type { Plan } from '../plan.ts';
import { Steering } from '../steering.ts';
import type { World } from '../world.ts';
import { runScript, type Script } from './script.ts';

/** Where an attack takes place. */
export interface Stage {
  readonly world: World;
  readonly coalition: Coalition;
  readonly steering: Steering;
  /** The height that is to have two certified blocks. */
  readonly height: number;
  readonly epoch: number;
  /** The Byzantine member that leads the attack's view. */
  readonly leader: Rogue;
}

/** A steered schedule that forks the chain when its rule is taken out, and fails when it is in. */
export interface ForkAttack {
  readonly rule: ForkRule;
  /** Which view of the height a Byzantine member must lead. */
  readonly rogueView: number;
  /** Whose leader must be honest; null: no matter. */
  readonly honestView: number | null;
  /** In view timeouts: how long the attack may take before the network heals. */
  readonly timeouts: (memberCount: number) => number;
  script(stage: Stage): Script;
}

const VIEW_TIMEOUT_MS = 250;

/** The attack's run: roles and height by seed, no faults but the attack's own. */
export function attackPlan(attack: ForkAttack, seed: number, memberCount: number): Plan & { readonly height: number } {
  const rng = new Rng(seed);
  const height = rng.integer(3, 6);
  const rogue = (height + attack.rogueView) % memberCount;
  const spared = attack.honestView === null ? rogue : (height + attack.honestView) % memberCount;
  const others = Array.from({ length: memberCount }, (_, member) => member).filter(
    (member) => member !== rogue && member !== spared,
  );
  const members: MemberIndex[] = [rogue, ...rng.shuffled(others).slice(0, quorumOf(memberCount).faulty - 1)];
  return {
    seed,
    height,
    memberCount,
    isRealFrost: false,
    viewTimeoutMs: VIEW_TIMEOUT_MS,
    deviceCount: 2,
    reportsPerSecond: 20,
    chaosMs: 3000 + attack.timeouts(memberCount) * VIEW_TIMEOUT_MS,
    faults: [],
    byzantine: members.map((member) => ({ member, behaviours: [] })),
  };
}

/** Sets the attack up in a world that is about to start. */
export function stage(attack: ForkAttack, world: World, height: number): void {
  const coalition = new Coalition(world);
  coalition.silenceAt((at) => at === height);
  const steering = new Steering(world);
  const { epochBlocks } = world.genesis.parameters;
  const epoch = Math.floor((height - 1) / epochBlocks);
  const leader = coalition.rogue((height + attack.rogueView) % world.nodes.length);
  runScript(world, attack.script({ world, coalition, steering, height, epoch, leader }));
}
