import type { ForkRule } from '@cairn/consensus';
import { describe, expect, it } from 'vitest';
import { AgreementModel } from './agreement-model.ts';
import { explore } from './explore.ts';

// Goal: section 5 as a model is safe, and each [fork] rule is what makes it so. Method: every reachable state, breadth
// first. Three views at n = 4 take minutes: pnpm explore 4 3 (5,385,155 states, all of them, no fork).
describe('all schedules of one height', () => {
  it('n = 4, two views: no state has two signed blocks', () => {
    expect(explore({ memberCount: 4, viewCount: 2 })).toMatchObject({ isComplete: true, fork: null, states: 24_528 });
  });

  it.each<[ForkRule, number]>([
    ['highest-certificate', 2],
    ['never-after-timeout', 2],
    ['signed-position', 2],
    ['exact-timeout-certificate', 3],
  ])('n = 4 without %s: there is a fork within %i views', (rule, viewCount) => {
    const { fork } = explore({ memberCount: 4, viewCount, without: new Set([rule]) });
    expect(fork?.length).toBeLessThan(12);
  });
});

describe('shares of one signature from two views', () => {
  // The shortest way is too deep for breadth first: one block is signed in views 0 and 2, the other in 1 and 3.
  const WAY = [
    ...['0 prepares 1 in view 0', '1 prepares 1 in view 0', '0 signs 1 in view 0'],
    ...['0 times out in view 0', '1 times out in view 0', '2 times out in view 0'],
    ...['1 prepares 2 in view 1', '2 prepares 2 in view 1', '2 signs 2 in view 1'],
    ...['0 times out in view 1', '1 times out in view 1', '2 times out in view 1'],
    ...['0 prepares 1 in view 2', '1 prepares 1 in view 2', '1 signs 1 in view 2'],
    ...['0 times out in view 2', '1 times out in view 2', '2 times out in view 2'],
    ...['0 prepares 2 in view 3', '2 prepares 2 in view 3', '0 signs 2 in view 3'],
  ];

  it.each([
    [true, 2],
    [false, 0],
  ])('nonces outlive their view: %s; blocks signed at the end: %i', (isOut, signed) => {
    const without = new Set<ForkRule>(isOut ? ['nonce-of-its-view'] : []);
    const model = new AgreementModel({ memberCount: 4, viewCount: 4, without });
    let state = model.start;
    for (const action of WAY) {
      const next = [...model.next(state)].find((step) => step.action === action);
      expect(next, action).toBeDefined();
      state = next?.state ?? state;
    }
    expect(model.signedBlocks(state).size).toBe(signed);
  });
});
