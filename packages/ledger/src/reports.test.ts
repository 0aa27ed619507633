// Goal: each rule for reports and its code. Method: one device, one feed, one rule set against a short history.
import { REPLAY_BITMAP_BITS } from '@cairn/protocol';
import { describe, expect, it } from 'vitest';
import type { DecodedItem } from './decoded-batch.ts';
import { precheck } from './precheck.ts';
import type { ReportFacts } from './reading.ts';
import {
  channelFixture,
  codesOf,
  type feedFixture,
  keyFor,
  NOW,
  registrationItem,
  reportItem,
  reportCodes as reports,
  revocationItem,
  runBlock,
  stateWith,
} from './testing/fixtures.ts';

type FeedOptions = Parameters<typeof feedFixture>[0];

describe('a single report', () => {
  const cell = 0x8928308280fffffn;
  const grouped = { groupResolution: 7, groupsAllowed: ['872830828ffffff'] };
  const table: [name: string, report: Partial<ReportFacts>, code: string, feed?: FeedOptions][] = [
    ['a plain one', {}, 'accepted'],
    ['an unknown feed', { feed: 'nothing' }, 'unknown-feed'],
    ['an unknown device', { device: keyFor('stranger') }, 'unknown-device'],
    ['a device of another feed', { feed: 'other' }, 'not-registered-for-feed'],
    ['too many values', { values: [1, 2] }, 'channels-mismatch'],
    ['the largest value', { values: [10_000] }, 'accepted'],
    ['a value over the range', { values: [10_001] }, 'out-of-range'],
    ['a value under the range', { values: [-10_001] }, 'out-of-range'],
    ['as old as freshness allows', { observedAt: NOW - 300_000 }, 'accepted', { graceMs: 10 ** 9 }],
    ['one ms older', { observedAt: NOW - 300_001 }, 'stale', { graceMs: 10 ** 9 }],
    ['as far ahead as the tolerance', { observedAt: NOW + 10_000 }, 'accepted'],
    ['one ms further', { observedAt: NOW + 10_001 }, 'deferred'],
    ['as far ahead as can be deferred', { observedAt: NOW + 600_000 }, 'deferred'],
    ['further', { observedAt: NOW + 600_001 }, 'future'],
    ['a range error ahead of time is not deferred', { observedAt: NOW + 10_001, values: [10_001] }, 'out-of-range'],
    ['no cell where groups need one', {}, 'cell-invalid', grouped],
    ['a cell in an allowed group', { cell }, 'accepted', grouped],
    ['a cell in another group', { cell: 0x891f1d48863ffffn }, 'group-not-allowed', grouped],
    ['a cell too coarse for the groups', { cell: 0x862830807ffffffn }, 'cell-invalid', grouped],
    ['an invalid cell where none is needed', { cell: 7n }, 'cell-invalid'],
  ];

  it.each(table)('%s', (_, report, code, feed) => {
    expect(reports(stateWith(feed), [report])).toEqual([code]);
  });

  it.each(table)('precheck says the same of %s', (_, report, code, feed) => {
    const facts = reportItem({ observedAt: NOW - 1000, ...report }).report;
    expect(precheck(stateWith(feed), facts, NOW)).toBe(code === 'accepted' ? null : code);
  });

  it('the cell of the registration stands in for a missing one', () => {
    expect(reports(stateWith(grouped, { cell }), [{}])).toEqual(['accepted']);
  });

  it.each([
    [NOW - 2001, 'outside-registration'],
    [NOW - 2000, 'accepted'],
    [NOW - 500, 'accepted'],
    [NOW - 499, 'outside-registration'],
  ])('notBefore and notAfter bound observedAt, both included: %i', (observedAt, code) => {
    expect(reports(stateWith({}, { notBefore: NOW - 2000, notAfter: NOW - 500 }), [{ observedAt }])).toEqual([code]);
  });

  it('malformed items get a receipt and nothing else', () => {
    const item: DecodedItem = { kind: 'malformed', id: reportItem().id };
    expect(runBlock(stateWith(), [item]).receipts).toEqual([{ id: item.id, code: 'malformed' }]);
  });
});

describe('replay, as in RFC 4303', () => {
  it('takes what two gateways brought out of order, once', () => {
    const state = stateWith();
    expect(
      reports(
        state,
        [5, 3, 4, 1, 2].map((seq) => ({ seq })),
      ),
    ).toEqual(Array(5).fill('accepted'));
    expect(reports(state, [{ seq: 3 }], NOW + 1)).toEqual(['duplicate']);
  });

  it('tells the same payload under another id from another payload', () => {
    const state = stateWith();
    const first = { seq: 9, values: [5] };
    expect(reports(state, [first, first, { ...first, values: [6] }])).toEqual(['accepted', 'duplicate', 'conflicting']);
    expect(reports(state, [{ ...first, observedAt: NOW }], NOW + 1)).toEqual(['conflicting']);
    expect(reports(state, [{ ...first, cell: 0x8928308280fffffn }], NOW + 2)).toEqual(['conflicting']);
  });

  it('remembers exactly the 256 below the highest', () => {
    const state = stateWith();
    const highest = 1000;
    const lowest = highest - REPLAY_BITMAP_BITS;
    expect(reports(state, [{ seq: lowest + 1 }, { seq: highest }])).toEqual(['accepted', 'accepted']);
    expect(reports(state, [{ seq: lowest - 1 }, { seq: lowest }, { seq: lowest }], NOW + 1)).toEqual([
      'replayed',
      'accepted',
      'duplicate',
    ]);
    expect(reports(state, [{ seq: highest + 1 }, { seq: lowest }], NOW + 2)).toEqual(['accepted', 'replayed']);
  });

  it('says replayed where the payload is no longer remembered', () => {
    const state = stateWith();
    const seqs = Array.from({ length: 20 }, (_, seq) => ({ seq, observedAt: NOW - 1000 + seq }));
    expect(reports(state, seqs)).toEqual(Array(20).fill('accepted'));
    expect(reports(state, [seqs[0] ?? {}, seqs[19] ?? {}], NOW + 1)).toEqual(['replayed', 'duplicate']);
  });

  it('judges each feed by itself, and does not count what it refused', () => {
    const state = stateWith();
    expect(codesOf(state, [registrationItem({ feeds: ['other'] })])).toEqual(['accepted']);
    const values = [99_999];
    expect(reports(state, [{ seq: 1, values }, { seq: 1 }, { seq: 1, feed: 'other' }])).toEqual([
      'out-of-range',
      'accepted',
      'accepted',
    ]);
  });

  it.each([0, 1, 31, 32, 33, 63, 64, 255, 256, 257, 1000])('a jump of %i keeps what is still in the window', (jump) => {
    const state = stateWith();
    const below = [10, 11, 13, 40].map((seq) => ({ seq }));
    expect(reports(state, below)).toEqual(Array(4).fill('accepted'));
    if (jump > 0) expect(reports(state, [{ seq: 40 + jump }], NOW + 1)).toEqual(['accepted']);
    const expected = [10, 11, 12, 13].map((seq) => {
      if (40 + jump - 1 - seq >= REPLAY_BITMAP_BITS) return 'replayed';
      return seq === 12 ? 'accepted' : 'duplicate';
    });
    expect(
      reports(
        state,
        [10, 11, 12, 13].map((seq) => ({ seq })),
        NOW + 2,
      ),
    ).toEqual(expected);
  });
});

describe('step and move', () => {
  const stepping = { channels: [channelFixture({ stepPerMinuteMax: 60 }), channelFixture({ name: 'free' })] };
  const first = { seq: 1, observedAt: NOW - 20_000, values: [100, 0] };

  it.each([
    ['within a minute, the whole step', { observedAt: NOW - 19_999, values: [160, 9000] }, 'accepted'],
    ['within a minute, more', { observedAt: NOW - 1, values: [161, 0] }, 'implausible-step'],
    ['downwards', { observedAt: NOW - 1, values: [39, 0] }, 'implausible-step'],
    ['backwards in time', { observedAt: NOW - 29_000, values: [161, 0] }, 'implausible-step'],
  ])('a step %s', (_, report, code) => {
    expect(reports(stateWith(stepping), [first, { seq: 2, ...report }])).toEqual(['accepted', code]);
  });

  it.each([
    [60_000, 60, 'accepted'],
    [60_000, 61, 'implausible-step'],
    [60_001, 120, 'accepted'],
    [60_001, 121, 'implausible-step'],
  ])('after %i ms a change of %i', (elapsedMs, change, code) => {
    const at = NOW - 100_000;
    const state = stateWith({ ...stepping, graceMs: 10 ** 9 });
    const pair = [
      { seq: 1, observedAt: at, values: [0, 0] },
      { seq: 2, observedAt: at + elapsedMs, values: [change, 0] },
    ];
    expect(reports(state, pair)).toEqual(['accepted', code]);
  });

  it('judges against both neighbours in observedAt, whatever came last', () => {
    const state = stateWith(stepping);
    const history = [
      { seq: 1, observedAt: NOW - 20_000, values: [0, 0] },
      { seq: 2, observedAt: NOW - 10_000, values: [60, 0] },
      { seq: 3, observedAt: NOW, values: [120, 0] },
    ];
    expect(reports(state, history)).toEqual(Array(3).fill('accepted'));
    const between = { observedAt: NOW - 15_000 };
    // a step from the neighbour after it, then from the one before it; the last that arrived would allow neither
    expect(reports(state, [{ ...between, seq: 4, values: [-1, 0] }], NOW + 1)).toEqual(['implausible-step']);
    expect(reports(state, [{ ...between, seq: 4, values: [61, 0] }], NOW + 2)).toEqual(['implausible-step']);
    expect(reports(state, [{ ...between, seq: 4, values: [30, 0] }], NOW + 3)).toEqual(['accepted']);
  });

  it('takes any step without a limit, and after a time that makes the limit meaningless', () => {
    const state = stateWith({ channels: [channelFixture({ stepPerMinuteMax: 2 ** 53 - 1 })], graceMs: 10 ** 9 });
    expect(
      reports(state, [
        { seq: 1, observedAt: NOW - 290_000, values: [-10_000] },
        { seq: 2, values: [10_000] },
      ]),
    ).toEqual(['accepted', 'accepted']);
  });

  // Vienna at resolution 7: a cell, one beside it, one five away; and San Francisco
  const [here, beside, away, abroad] = [0x871e15b46ffffffn, 0x871e15b71ffffffn, 0x871e064dcffffffn, 0x87283082effffffn];
  it.each([
    ['the same cell', here, 0, 'accepted'],
    ['a border crossed at once', beside, 0, 'accepted'],
    ['five cells at once', away, 0, 'implausible-move'],
    ['five cells within the time that four take', away, 240_000, 'accepted'],
    ['another continent', abroad, 240_000, 'implausible-move'],
  ])('a move: %s', (_, cell, elapsedMs, code) => {
    const state = stateWith({ groupResolution: 7, moveCellsPerHourMax: 60, graceMs: 10 ** 9 });
    const pair = [
      { seq: 1, observedAt: NOW - 250_000, cell: here },
      { seq: 2, observedAt: NOW - 250_000 + elapsedMs, cell },
    ];
    expect(reports(state, pair)).toEqual(['accepted', code]);
  });

  it('a report without a cell was made where the device is registered', () => {
    const state = stateWith({ groupResolution: 7, moveCellsPerHourMax: 60 }, { cell: here });
    expect(reports(state, [{ seq: 1 }, { seq: 2, cell: abroad }])).toEqual(['accepted', 'implausible-move']);
  });
});

describe('deferred reports', () => {
  const ahead = { seq: 1, observedAt: NOW + 20_000 };

  it("are judged again when their time has come, before the block's own reports", () => {
    const state = stateWith();
    expect(reports(state, [ahead])).toEqual(['deferred']);
    expect(reports(state, [], NOW + 9999)).toEqual([]);
    const execution = runBlock(state, [reportItem(ahead)], { time: NOW + 10_000 });
    // the item of this block first, the settled one behind it
    expect(execution.receipts.map(({ code }) => code)).toEqual(['duplicate', 'accepted']);
    expect(execution.acceptedReports).toEqual([execution.receipts[1]?.id]);
    expect(reports(state, [], NOW + 10_001)).toEqual([]);
  });

  it('are known by device and seq while they wait', () => {
    const state = stateWith();
    expect(reports(state, [ahead, ahead, { ...ahead, values: [7] }])).toEqual(['deferred', 'duplicate', 'conflicting']);
  });

  it('are dropped when they are stale by then, or the device is revoked', () => {
    expect(reports(stateWith(), [ahead])).toEqual(['deferred']);
    const stale = stateWith();
    reports(stale, [ahead]);
    expect(reports(stale, [], NOW + 20_000 + 300_001)).toEqual(['stale']);
    const revoked = stateWith();
    reports(revoked, [ahead]);
    expect(codesOf(revoked, [revocationItem()], { time: NOW + 20_000 })).toEqual(['accepted', 'revoked']);
  });

  it('are bounded for each device', () => {
    const all = Array.from({ length: 9 }, (_, i) => ({ seq: i, observedAt: NOW + 20_000 }));
    expect(reports(stateWith(), all)).toEqual([...Array(8).fill('deferred'), 'limit-exceeded']);
  });

  it('are bounded for each feed', () => {
    const state = stateWith();
    for (let first = 0; first < 130; first += 65) {
      const items = Array.from({ length: 65 }, (_, i) => registrationItem({ device: keyFor(`d${first + i}`) }));
      expect(new Set(codesOf(state, items))).toEqual(new Set(['accepted']));
    }
    const all = Array.from({ length: 1030 }, (_, i) => ({
      device: keyFor(`d${i % 130}`),
      seq: i,
      observedAt: NOW + 20_000,
    }));
    const codes = reports(state, all);
    expect(codes.filter((code) => code === 'deferred')).toHaveLength(1024);
    expect(codes.slice(1024)).toEqual(Array(6).fill('limit-exceeded'));
  });
});
