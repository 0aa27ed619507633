// Goal: when windows take reports and close, and the bounds of what they hold.
import { describe, expect, it } from 'vitest';
import { nextDue } from './next-due.ts';
import { isKnownDevice } from './precheck.ts';
import {
  codesOf,
  FEED,
  keyFor,
  NOW,
  registrationItem,
  reportItem,
  reportCodes as reports,
  revocationItem,
  runBlock,
  stateWith,
  T0,
} from './testing/fixtures.ts';

describe('windows and their bounds', () => {
  it('no device has more in a window than the feed allows, and others are not kept out', () => {
    const state = stateWith({ deviceReportsMax: 2 });
    expect(codesOf(state, [registrationItem({ device: keyFor('b') })])).toEqual(['accepted']);
    expect(reports(state, [{ seq: 1 }, { seq: 2 }, { seq: 3 }, { seq: 1, device: keyFor('b') }])).toEqual([
      'accepted',
      'accepted',
      'limit-exceeded',
      'accepted',
    ]);
    expect(reports(state, [{ seq: 4 }, { seq: 5, observedAt: T0 + 60_000 }], T0 + 60_001)).toEqual([
      'limit-exceeded',
      'accepted',
    ]);
  });

  it('takes reports as long as it is open, even after the grace, and none for a window that could be closed', () => {
    const state = stateWith({ graceMs: 1000 });
    const end = T0 + 60_000;
    expect(reports(state, [{ seq: 1, observedAt: T0 + 1 }])).toEqual(['accepted']);
    expect(reports(state, [{ seq: 2, observedAt: T0 + 2 }], end + 2000)).toEqual(['accepted']);
    // a second leader after the end: from now on the window before T0, never opened, could be closed, and so stays shut
    expect(reports(state, [{ seq: 3, observedAt: T0 + 3 }], end + 2001)).toEqual(['accepted']);
    expect(
      reports(
        state,
        [
          { seq: 4, observedAt: T0 - 1 },
          { seq: 5, observedAt: T0 + 4 },
        ],
        end + 2002,
      ),
    ).toEqual(['window-closed', 'accepted']);
    expect(reports(state, [{ seq: 6, observedAt: T0 + 5 }], end + 2003)).toEqual(['window-closed']);
  });

  it("the closing block's own reports count", () => {
    const state = stateWith({ graceMs: 0 }, {}, 1);
    expect(reports(state, [{ seq: 1, observedAt: T0 + 1 }])).toEqual(['accepted']);
    reports(state, [], T0 + 60_001);
    const last = reportItem({ seq: 2, observedAt: T0 + 2 });
    expect(runBlock(state, [last], { time: T0 + 60_002 }).results[0]?.reports).toBe(2);
  });

  it('does not close at end + grace, but after it', () => {
    const state = stateWith({ graceMs: 1000 }, {}, 1);
    reports(state, [{ observedAt: T0 + 1 }]);
    const closed = [1, 1000, 1001].map((ms) => runBlock(state, [], { time: T0 + 60_000 + ms }).results.length);
    expect(closed).toEqual([0, 0, 1]);
  });

  it('f + 1 blocks of one leader are not blocks of f + 1 leaders', () => {
    const state = stateWith({ graceMs: 0 });
    reports(state, [{ observedAt: T0 + 1 }]);
    for (let i = 1; i < 5; i++) expect(runBlock(state, [], { time: T0 + 60_000 + i, leader: 2 }).results).toEqual([]);
    runBlock(state, [], { time: T0 + 60_010, leader: 3 });
    expect(runBlock(state, [], { time: T0 + 60_011, leader: 2 }).results).toHaveLength(1);
  });

  it('too few devices yield a result that says so, never a number', () => {
    const state = stateWith({ devicesMin: 2, graceMs: 0 }, {}, 1);
    reports(state, [{ seq: 1 }, { seq: 2 }]);
    runBlock(state, [], { time: T0 + 60_001 });
    expect(runBlock(state, [], { time: T0 + 60_002 }).results).toMatchObject([
      { status: 'too-few-devices', reports: 2, devices: 1, filtered: 0, channels: [] },
    ]);
  });

  it('open windows of a feed are bounded', () => {
    const state = stateWith({ windowMs: 10, freshnessMs: 200_000, graceMs: 10 ** 9, deviceReportsMax: 1 });
    const codes = Array.from({ length: 8200 }, (_, i) => ({ seq: i, observedAt: NOW - 10 * i }));
    const results = reports(state, codes);
    expect(results.filter((code) => code === 'accepted')).toHaveLength(8192);
    expect(results.slice(8192)).toEqual(Array(8).fill('limit-exceeded'));
  });

  it('a full window takes no more', () => {
    const state = stateWith({ deviceReportsMax: 16_384 });
    const first = Array.from({ length: 16_383 }, (_, seq) => ({ seq }));
    expect(new Set(reports(state, first))).toEqual(new Set(['accepted']));
    expect(reports(state, [{ seq: 16_383 }, { seq: 16_384 }], NOW + 1)).toEqual(['accepted', 'window-full']);
  });

  it('a block closes 256 windows, by end, feed and group, and the rest stays due', () => {
    const state = stateWith({ windowMs: 10, freshnessMs: 200_000, graceMs: 0 }, {}, 1);
    const count = 300;
    reports(
      state,
      Array.from({ length: count }, (_, i) => ({ seq: i, observedAt: NOW - 10 * i })),
    );
    const blocks = [1000, 1001, 1002].map((ms) => runBlock(state, [], { time: NOW + ms }).results);
    expect(blocks.map((results) => results.length)).toEqual([256, 44, 0]);
    const starts = blocks.flat().map(({ windowStart }) => windowStart);
    expect(starts).toEqual([...starts].sort((a, b) => a - b));
    expect(nextDue(state)).toBeNull();
  });

  it('isKnownDevice: registered here and not revoked', () => {
    const state = stateWith();
    const device = keyFor('device');
    expect([isKnownDevice(state, device, FEED), isKnownDevice(state, device, 'other')]).toEqual([true, false]);
    expect(isKnownDevice(state, keyFor('stranger'), FEED)).toBe(false);
    codesOf(state, [revocationItem()]);
    expect(isKnownDevice(state, device, FEED)).toBe(false);
  });
});
