import { describe, expect, it } from 'vitest';
import { CatchUp, RANGE_HEIGHTS_MAX } from './catch-up.ts';

describe('CatchUp', () => {
  it('stops asking a member that connected and has nothing, though the chain grows meanwhile', () => {
    const catchUp = new CatchUp({ self: 0 });
    for (const member of [0, 1, 2, 3]) catchUp.probe(member);
    let asks = 0;
    for (let height = 10; height < 200; height++) if (catchUp.next(height, height * 250)?.kind === 'ask') asks += 1;
    expect(asks).toBe(4);
  });

  it('asks everyone who connected, another one first each time', () => {
    const catchUp = new CatchUp({ self: 0 });
    for (const member of [1, 2, 3]) catchUp.probe(member);
    const first = catchUp.next(5, 1000);
    expect(first).toEqual({ kind: 'ask', from: [2, 3, 1], fromHeight: 6, toHeight: 5 + RANGE_HEIGHTS_MAX });
    expect(catchUp.next(5, 1100)).toBeNull();
    expect(catchUp.next(5, 1200)).toMatchObject({ from: [3, 1, 2] });
  });

  it('goes on for as long as asking brings more than a block', () => {
    const catchUp = new CatchUp({ self: 0 });
    catchUp.probe(1);
    for (let turn = 0; turn < 20; turn++) {
      const height = 3 * turn;
      expect(catchUp.next(height, turn * 1000)).toMatchObject({ kind: 'ask', fromHeight: height + 1 });
    }
  });

  it('asks again at once when a whole range came', () => {
    const catchUp = new CatchUp({ self: 0 });
    catchUp.see(1 + RANGE_HEIGHTS_MAX, 2);
    expect(catchUp.next(1, 0)).toMatchObject({ kind: 'ask', toHeight: 1 + RANGE_HEIGHTS_MAX });
    const whole = 1 + RANGE_HEIGHTS_MAX;
    expect(catchUp.next(whole, 200)).toMatchObject({ kind: 'ask', from: [2] });
    let asks = 1;
    for (let turn = 2; turn < 50; turn++) if (catchUp.next(whole, turn * 200) !== null) asks += 1;
    expect(asks).toBe(5);
  });

  it('gives the next block a moment to come by itself', () => {
    const catchUp = new CatchUp({ self: 0 });
    catchUp.see(8, 1);
    expect(catchUp.next(7, 1000)).toEqual({ kind: 'wait', delayMs: 100 });
    expect(catchUp.next(7, 1040)).toEqual({ kind: 'wait', delayMs: 60 });
    expect(catchUp.next(7, 1100)).toEqual({ kind: 'ask', from: [1], fromHeight: 8, toHeight: 8 });
    // It came: the wait of the height after starts anew.
    catchUp.see(9, 1);
    expect(catchUp.next(8, 1400)).toEqual({ kind: 'wait', delayMs: 100 });
    // A clock that was set back does not make it wait for long.
    expect(catchUp.next(8, 200)).toBeNull();
    catchUp.retry();
    expect(catchUp.next(8, 200)).toEqual({ kind: 'wait', delayMs: 100 });
  });

  it('asks at once when it is further behind', () => {
    const catchUp = new CatchUp({ self: 0 });
    catchUp.see(9, 1);
    expect(catchUp.next(7, 1000)).toMatchObject({ kind: 'ask', fromHeight: 8, toHeight: 9 });
  });

  it('forgets claims that bring nothing', () => {
    const catchUp = new CatchUp({ self: 0 });
    catchUp.see(1000, 3);
    let asks = 0;
    for (let turn = 0; turn < 100; turn++) if (catchUp.next(7, turn * 200)?.kind === 'ask') asks += 1;
    expect(asks).toBeLessThan(12);
  });
});
