import { describe, expect, it } from 'vitest';
import { runRange } from './cli/volume.ts';
import { planOf } from './plan.ts';
import { runPlan } from './run-plan.ts';

// The seeds that every change runs: mixes of faults and adversaries under every checker. More: pnpm sim --seeds A..B --parallel.
const CHUNK = 20;
const FIRST_SEEDS = [1, 21, 41, 61, 81, 101, 121, 141, 161, 181];

describe('200 seeds', () => {
  it.each(FIRST_SEEDS)(
    'from %i on: no invariant breaks',
    (firstSeed) => {
      const range = { firstSeed, lastSeed: firstSeed + CHUNK - 1, limits: {}, without: [] };
      const { failures, seeds, heights } = runRange(range);
      expect(failures).toEqual([]);
      expect(seeds).toBe(CHUNK);
      expect(heights).toBeGreaterThan(CHUNK);
    },
    120_000,
  );

  it.each([3, 12, 27])(
    'seed %i with real FROST',
    (seed) => {
      const outcome = runPlan(planOf(seed, { memberCount: 4, heights: 8, isRealFrost: true }));
      expect(outcome.violation).toBeNull();
    },
    120_000,
  );
});
