import { expect, it } from 'vitest';
import type { Plan } from './plan.ts';
import { runPlan } from './run-plan.ts';

// Seed 29 of the first mix, as the shrinker left it: a member restarts, one has a wild clock, packets come twice. Members
// that had both moved on answered each other's late TimeoutVotes for ever, and doubling made it exponential.
const SHRUNK: Plan = {
  seed: 29,
  memberCount: 5,
  isRealFrost: false,
  viewTimeoutMs: 500,
  deviceCount: 1,
  reportsPerSecond: 60,
  chaosMs: 1680,
  faults: [
    { atMs: 473, forMs: 1777, kind: 'clock-jump', member: 3, byMs: 60_000 },
    { atMs: 1183, forMs: 523, kind: 'duplicate', chance: 0.3 },
    { atMs: 1250, forMs: 57, kind: 'crash-at-write', member: 1, write: 'lost' },
  ],
  byzantine: [],
};

it('does not answer late TimeoutVotes with each other for ever', () => {
  const outcome = runPlan(SHRUNK);
  expect(outcome.violation).toBeNull();
  expect(outcome.events).toBeLessThan(4000);
});
