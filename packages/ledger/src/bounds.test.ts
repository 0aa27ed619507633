// Goal: the bounds that keep a block's work and the state's size in hand.
import { toPublicKey } from '@cairn/primitives';
import { BLOCK_SETTLED_MAX, FEED_GROUPS_MAX } from '@cairn/protocol';
import { describe, expect, it } from 'vitest';
import { registered } from './device-registration.ts';
import { putWindow } from './feed-state.ts';
import { genesisState, type LedgerState } from './ledger-state.ts';
import { nextDue } from './next-due.ts';
import { addChunk, newWindow } from './open-window.ts';
import {
  channelFixture,
  codesOf,
  FEED,
  feedFixture,
  genesisFixture,
  keyFor,
  NOW,
  registrationItem,
  reportCodes,
  reportItem,
  runBlock,
  stateWith,
  T0,
} from './testing/fixtures.ts';

const device = keyFor('device');
const numbered = (i: number) => toPublicKey(i.toString(16).padStart(64, '0'));

/** Registers devices without the blocks that it would take. */
function registerDirectly(state: LedgerState, feed: string, count: number): void {
  const entry = registered(registrationItem().registration.body, undefined);
  for (let i = 0; i < count; i++) {
    state.feeds.get(feed)?.registrations.set(numbered(i), entry);
  }
}

describe('deferred reports', () => {
  it('ask for a block when they can be judged', () => {
    const state = stateWith();
    reportCodes(state, [{ seq: 2, observedAt: NOW + 30_000 }, { observedAt: NOW + 20_000 }]);
    expect(nextDue(state)).toEqual({ atMs: NOW + 10_000 });
  });

  it('are settled oldest first, a bounded number in a block', () => {
    const feeds = Array.from({ length: 5 }, (_, i) => feedFixture({ id: `feed-${i}`, deviceReportsMax: 16_384 }));
    const state = genesisState(genesisFixture(feeds));
    for (const { id } of feeds) registerDirectly(state, id, 128);
    const items = feeds.flatMap(({ id }, f) =>
      Array.from({ length: 1024 }, (_, i) =>
        reportItem({ feed: id, device: numbered(i % 128), seq: i, observedAt: NOW + 20_000 - f }),
      ),
    );
    for (let first = 0; first < items.length; first += 512) {
      expect(new Set(codesOf(state, items.slice(first, first + 512)))).toEqual(new Set(['deferred']));
    }
    const settled = runBlock(state, [], { time: NOW + 20_000 });
    expect(settled.receipts).toHaveLength(BLOCK_SETTLED_MAX);
    // the last feeds were observed first
    expect(state.feeds.get('feed-0')?.deferredCount).toBe(1024);
    expect(nextDue(state)?.atMs).toBe(NOW + 10_000);
    expect(runBlock(state, []).receipts).toHaveLength(1024);
    expect([...state.feeds.values()].map(({ deferredCount }) => deferredCount)).toEqual([0, 0, 0, 0, 0]);
  });
});

describe('windows', () => {
  it('open groups of a feed are bounded, and counted down when their windows close', () => {
    const state = stateWith({ groupResolution: 7, graceMs: 0 }, {}, 1);
    const feed = state.feeds.get(FEED);
    for (let i = 0; i < FEED_GROUPS_MAX - 1; i++) {
      const window = newWindow(T0, `group ${i}`);
      if (feed !== undefined) putWindow(feed, T0, window.group, window);
    }
    const [here, there] = [0x8928308280fffffn, 0x891f1d48863ffffn];
    const both = (seq: number) => [
      { seq, cell: here },
      { seq: seq + 1, cell: there },
    ];
    expect(reportCodes(state, both(1))).toEqual(['accepted', 'limit-exceeded']);
    // a second window of the open group is no new group
    expect(reportCodes(state, [{ seq: 3, cell: here, observedAt: T0 + 60_000 }], T0 + 60_001)).toEqual(['accepted']);
    for (let ms = 2; ms < 20; ms++) runBlock(state, [], { time: T0 + 60_000 + ms });
    expect([feed?.windowCount, feed?.groups.size]).toEqual([1, 1]);
    expect(reportCodes(state, [{ seq: 5, cell: there, observedAt: T0 + 60_000 }], T0 + 60_100)).toEqual(['accepted']);
  });

  it('close with a bounded number of readings in a block, but always one', () => {
    const channels = Array.from({ length: 16 }, (_, i) => channelFixture({ name: `c${i}`, aggregates: ['median'] }));
    const state = stateWith({ windowMs: 100, graceMs: 0, channels, deviceReportsMax: 16_384 }, {}, 1);
    const values = channels.map(() => 1);
    // 262,144 readings are 16,384 samples: the first two windows fill a block to the brim
    let seq = 0;
    for (const [window, count] of [10_000, 6_384, 1].entries()) {
      const all = Array.from({ length: count }, () => ({ seq: seq++, observedAt: T0 + 100 * window, values }));
      expect(new Set(reportCodes(state, all, T0 + 10 + window))).toEqual(new Set(['accepted']));
    }
    const closed = [1001, 1002, 1003, 1004].map((ms) => runBlock(state, [], { time: T0 + ms }).results.length);
    expect(closed).toEqual([0, 2, 1, 0]);
  });

  it('close even with more readings than the bound, if alone', () => {
    const state = stateWith({ graceMs: 0, windowMs: 100 }, {}, 1);
    const feed = state.feeds.get(FEED);
    const samples = Array.from({ length: 300_000 }, () => ({ device, values: [1] }));
    for (const start of [T0, T0 + 100]) {
      const window = newWindow(start, '');
      addChunk(window, { height: 1, samples });
      if (feed !== undefined) putWindow(feed, start, '', window);
    }
    const closed = [1001, 1002, 1003, 1004].map((ms) => runBlock(state, [], { time: T0 + ms }).results.length);
    expect(closed).toEqual([0, 1, 1, 0]);
  });

  it('stay shut once closed, even if the committee is so changed that the leaders no longer say so', () => {
    const state = stateWith({ graceMs: 0 }, {}, 1);
    reportCodes(state, [{ seq: 1 }]);
    runBlock(state, [], { time: T0 + 60_001 });
    expect(runBlock(state, [], { time: T0 + 60_002 }).results).toHaveLength(1);
    state.leaders.clear();
    expect(reportCodes(state, [{ seq: 2 }], T0 + 60_003)).toEqual(['window-closed']);
  });
});

describe('what is kept of a device', () => {
  it('is kept as long as any of its registrations allowed', () => {
    const long = registered(registrationItem({ notAfter: T0 + 1000 }).registration.body, undefined);
    const short = registered(registrationItem({ notAfter: T0 + 1, issuedAt: T0 + 1 }).registration.body, long);
    expect([short.notAfter, short.notAfterMax]).toEqual([T0 + 1, T0 + 1000]);
  });

  it('goes with its trace when it is forgotten', () => {
    const state = stateWith({}, { notAfter: T0 + 1 });
    expect(reportCodes(state, [{ observedAt: T0 }], T0 + 2)).toEqual(['accepted']);
    registerDirectly(state, FEED, 100_000 - 1);
    const added = registrationItem({ device: keyFor('new') });
    expect(codesOf(state, [added], { time: T0 + 300_002 })).toEqual(['accepted']);
    const feed = state.feeds.get(FEED);
    expect([feed?.registrations.has(device), feed?.traces.has(device)]).toEqual([false, false]);
    expect(reportCodes(state, [{ observedAt: T0 }], T0 + 300_003)).toEqual(['unknown-device']);
  });
});
