import { FORK_RULES, type ForkRule } from '@cairn/consensus';
import { describe, expect, it } from 'vitest';
import { type Outcome, runPlan } from '../run-plan.ts';
import { attackPlan, FORK_ATTACKS, type ForkAttack, stage } from './index.ts';

// Goal: show that each [fork] rule is needed and that the checkers see the fork. Method: the same steered schedule under
// the same seeds, with the rule taken out and with it in.
const seedsOf = (rule: ForkRule) => (rule === 'nonce-of-its-view' ? [1, 2] : [1, 2, 3, 4, 5]);

function attacked(
  attack: ForkAttack,
  run: { seed: number; memberCount: number; without: ReadonlySet<ForkRule> },
): Outcome {
  const plan = attackPlan(attack, run.seed, run.memberCount);
  // A member that breaks a rule is seen at once; here the search is for what comes of it.
  const ignored = new Set(run.without.size > 0 ? ['honest-votes'] : []);
  return runPlan(plan, { without: run.without, ignored, prepare: (world) => stage(attack, world, plan.height) });
}

it('has an attack for every [fork] rule', () => {
  expect(FORK_ATTACKS.map(({ rule }) => rule).sort()).toEqual([...FORK_RULES].sort());
});

describe.each(FORK_ATTACKS.map((attack) => [attack.rule, attack] as const))('%s', (rule, attack) => {
  it.each([4, 7])('with %i members: taken out, every seed forks', (memberCount) => {
    for (const seed of seedsOf(rule)) {
      const outcome = attacked(attack, { seed, memberCount, without: new Set([rule]) });
      expect(outcome.violation?.invariant, `seed ${seed}`).toBe('one-block-per-height');
    }
  });

  it.each([4, 7])('with %i members: in place, the same schedules break nothing', (memberCount) => {
    for (const seed of seedsOf(rule)) {
      const outcome = attacked(attack, { seed, memberCount, without: new Set() });
      expect(outcome.violation, `seed ${seed}`).toBeNull();
    }
  });
});
