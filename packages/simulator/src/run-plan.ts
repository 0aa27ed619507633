import type { ForkRule } from '@cairn/consensus';
import { AssertionError, type MemberIndex, type PublicKey, quorumOf } from '@cairn/primitives';
import { BLOCK_TIME_TOLERANCE_MS } from '@cairn/protocol';
import { compose } from './adversaries/behaviour.ts';
import { BEHAVIOURS } from './adversaries/index.ts';
import { Rogue } from './adversaries/rogue.ts';
import { Anchoring } from './anchoring.ts';
import {
  Anchors,
  Bounds,
  Convictions,
  HonestVotes,
  NonceOnce,
  OneBlockPerHeight,
  Participation,
  ReExecution,
  Reports,
} from './checkers/index.ts';
import { FaultInjector } from './fault-injector.ts';
import { NetworkModel } from './network-model.ts';
import type { ByzantineMember, Plan } from './plan.ts';
import { Violation } from './violation.ts';
import { SIM_FEED, Workload } from './workload.ts';
import { World } from './world.ts';

/** How often Byzantine members act by themselves. */
const TICK_MS = 25;

/** What a run broke, if anything, and what it did. */
export interface Outcome {
  readonly plan: Plan;
  readonly violation: { readonly invariant: string; readonly detail: string } | null;
  /** Of everything that happened: equal for equal plans on one commit. */
  readonly transcriptHash: string;
  readonly lastEvents: readonly string[];
  readonly heights: number;
  readonly events: number;
  readonly virtualMs: number;
  readonly viewsEntered: number;
  readonly reports: number;
  /** Faults that happened, what they did, and packets that the network harmed, by kind. */
  readonly faults: Readonly<Record<string, number>>;
  /** Byzantine members by what they did. */
  readonly adversaries: Readonly<Record<string, number>>;
}

export interface RunOptions {
  readonly without?: ReadonlySet<ForkRule>;
  /** Checkers, by name, that stay away: with a rule taken out, its own checker would end the run before the fork. */
  readonly ignored?: ReadonlySet<string>;
  /** Keys whose signatures pass unread: for canaries. */
  readonly trusts?: (publicKey: PublicKey) => boolean;
  /** A chance to change the world before it starts: steered schedules, canaries. */
  readonly prepare?: (world: World, anchoring: Anchoring) => void;
}

/**
 * Virtual time that a healed network gets for new heights with every acknowledged report in them: at most f leaders in a
 * row are Byzantine, each view lasts at most the cap, and members must first meet in one view.
 */
export function livenessMs(plan: Plan): number {
  return (quorumOf(plan.memberCount).faulty + 4) * plan.viewTimeoutMs * 16 + 20_000;
}

/** Runs a plan under every checker: chaos, healing, progress. Never throws for what the network does. */
export function runPlan(plan: Plan, options: RunOptions = {}): Outcome {
  const run = new Run(plan, options);
  let violation: Outcome['violation'] = null;
  try {
    run.toTheEnd();
  } catch (error) {
    violation = violationOf(error);
  }
  return run.outcome(violation);
}

function violationOf(error: unknown): { readonly invariant: string; readonly detail: string } {
  if (error instanceof Violation) return { invariant: error.invariant, detail: error.message };
  // An assertion of the core, or an error that no input may cause: the process would have died of it.
  const invariant = error instanceof AssertionError ? 'assertion' : 'crash-free';
  return { invariant, detail: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}

class Run {
  readonly #plan: Plan;
  readonly #world: World;
  readonly #workload: Workload;
  readonly #network: NetworkModel;
  readonly #injector: FaultInjector;
  readonly #anchoring: Anchoring;
  readonly #anchors: Anchors;
  readonly #follower: ReExecution;
  readonly #reports: Reports;
  #viewsEntered = 0;

  constructor(plan: Plan, options: RunOptions) {
    this.#plan = plan;
    const { seed, memberCount, isRealFrost, viewTimeoutMs, byzantine } = plan;
    const world = new World({
      seed,
      memberCount,
      isRealFrost,
      viewTimeoutMs,
      feeds: [SIM_FEED],
      byzantine: new Set<MemberIndex>(byzantine.map(({ member }) => member)),
      ...(options.without ? { without: options.without } : {}),
      ...(options.trusts ? { trusts: options.trusts } : {}),
    });
    this.#world = world;
    this.#workload = new Workload(world, plan.deviceCount);
    this.#network = new NetworkModel(world.rng.fork(1000), memberCount);
    this.#anchoring = new Anchoring(world, world.rng.fork(2000));
    this.#injector = new FaultInjector(world, { network: this.#network, anchoring: this.#anchoring }, plan.faults);
    this.#follower = new ReExecution(world.genesis, world.door, world.scheme);
    this.#reports = new Reports(this.#workload, (id) => this.#follower.receipts.get(id));
    const oneBlock = new OneBlockPerHeight((certified) => this.#follower.isSigned(certified));
    const { byzantine: liars } = world;
    const ofVotes = [new HonestVotes(), new NonceOnce(), new Participation(liars), new Convictions(liars)];
    const { genesis, scheme } = world;
    this.#anchors = new Anchors(this.#anchoring, { genesis, scheme, log: this.#follower });
    const all = [oneBlock, ...ofVotes, this.#follower, this.#reports, this.#anchors, new Bounds(world)];
    world.checkers.push(...all.filter(({ name }) => options.ignored?.has(name) !== true));
    world.onEvent.push((_, event) => {
      if (event.kind === 'view-entered') this.#viewsEntered += 1;
    });
    for (const liar of plan.byzantine) this.#corrupt(liar);
    options.prepare?.(world, this.#anchoring);
  }

  #corrupt({ member, behaviours }: ByzantineMember): void {
    const me = new Rogue(this.#world, member);
    const behaviour = compose(behaviours.map((name) => BEHAVIOURS[name](me)));
    this.#world.node(member).behaviour = behaviour;
    const tick = (): void => {
      if (this.#world.node(member).isUp) behaviour.onTick?.();
      this.#world.call(tick, TICK_MS, `tick of ${member}`);
    };
    if (behaviours.length > 0) tick();
  }

  toTheEnd(): void {
    const { chaosMs, reportsPerSecond } = this.#plan;
    const world = this.#world;
    world.startAll();
    this.#workload.register(world.honest[0]?.self ?? 0);
    this.#workload.run({ perSecond: reportsPerSecond, durationMs: chaosMs, twiceChance: 0.1 });
    world.run(() => false, { withinMs: chaosMs });
    for (const heal of world.onHeal) heal();
    this.#injector.heal();
    this.#demandProgress();
    for (const checker of world.checkers) checker.atEnd?.();
  }

  outcome(violation: Outcome['violation']): Outcome {
    const world = this.#world;
    return {
      plan: this.#plan,
      violation,
      transcriptHash: world.transcript.digest(),
      lastEvents: world.transcript.recent,
      heights: this.#follower.height,
      events: world.transcript.count,
      virtualMs: world.nowMs - world.startedMs,
      viewsEntered: this.#viewsEntered,
      reports: this.#workload.signed.size,
      faults: {
        ...Object.fromEntries(this.#injector.counts),
        ...this.#network.counts,
        ...this.#anchoring.counts,
      },
      adversaries: liarsOf(this.#plan),
    };
  }

  /** After healing: new heights, also anchored, every acknowledged report has its fate, all honest members are level. */
  #demandProgress(): void {
    const world = this.#world;
    const goal = this.#follower.height + 1;
    // A quorum of clocks that were ahead took the chain's time with them: no clock that is right agrees before it is past (6.1).
    const aheadMs = Math.max(0, this.#follower.time - BLOCK_TIME_TOLERANCE_MS - world.nowMs);
    const withinMs = livenessMs(this.#plan) + aheadMs;
    const gateway = world.honest[0]?.self ?? 0;
    const deadline = world.nowMs + withinMs;
    // Reports keep coming, so that there is something to agree on.
    this.#workload.run({ perSecond: 2, durationMs: 10_000 });
    const hasMoved = world.run(() => this.#follower.height >= goal, { withinMs });
    if (!hasMoved) this.#fail('liveness', `no height after ${goal - 1} within ${withinMs} virtual ms of healing`);
    this.#workload.report(gateway);
    const remainingMs = Math.max(5000, deadline - world.nowMs);
    const isAnchored = () => this.#anchors.finalTreeSize > goal && this.#anchors.isCovered;
    const isSettled = () => this.#isLevel && this.#reports.isSettled;
    if (world.run(() => isSettled() && isAnchored(), { withinMs: remainingMs })) return;
    this.#reports.atEnd();
    if (!isAnchored())
      this.#fail('anchor-liveness', `height ${goal} is not anchored ${withinMs} virtual ms after healing`);
    this.#fail('liveness', `members stand at heights ${world.heights} ${withinMs} virtual ms after healing`);
  }

  get #isLevel(): boolean {
    const { honest } = this.#world;
    const height = honest.find(({ isUp }) => isUp)?.replica?.height;
    return height !== undefined && honest.every(({ replica }) => replica === null || replica.height === height);
  }

  #fail(invariant: string, detail: string): never {
    throw new Violation(invariant, detail);
  }
}

/** How often each behaviour was at work. */
function liarsOf(plan: Plan): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { behaviours } of plan.byzantine) for (const name of behaviours) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
