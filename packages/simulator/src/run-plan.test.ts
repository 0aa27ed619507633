import { describe, expect, it } from 'vitest';
import { planOf } from './plan.ts';
import { runPlan } from './run-plan.ts';

describe('a run under a seed', () => {
  it('gives the same transcript for the same seed, and another for another', () => {
    // A seed under which nothing holds the members up for long: another adversary on the list gives each seed another plan.
    const first = runPlan(planOf(8));
    const again = runPlan(planOf(8));
    expect(first.violation).toBeNull();
    expect(first.heights).toBeGreaterThan(3);
    expect(again.transcriptHash).toBe(first.transcriptHash);
    expect(runPlan(planOf(7)).transcriptHash).not.toBe(first.transcriptHash);
  });

  it.each([
    [6686, 'does not end while a liar alone knows the block that is anchored'],
    [10916, 'lets a transaction land no longer than its blockhash is good for, however late it is built'],
    [59162, 'likewise'],
  ])('seed %i: %s', (seed) => {
    expect(runPlan(planOf(seed)).violation).toBeNull();
  });

  it('waits for true time to pass the time of a chain that a quorum of fast clocks took with it', () => {
    expect(runPlan(planOf(64752, { memberCount: 4 })).violation).toBeNull();
  });

  it('goes through the same with real FROST', () => {
    const outcome = runPlan(planOf(1, { memberCount: 4, heights: 6, isRealFrost: true }));
    expect(outcome.violation).toBeNull();
    expect(outcome.heights).toBeGreaterThan(1);
  });
});
