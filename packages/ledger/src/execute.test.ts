import { Rng } from '@cairn/primitives';
import { describe, expect, it } from 'vitest';
import type { DecodedItem } from './decoded-batch.ts';
import { commit, execute } from './execute.ts';
import { genesisState, type LedgerState } from './ledger-state.ts';
import { nextDue } from './next-due.ts';
import { restoreState, snapshotEntries } from './restore-state.ts';
import {
  batchOf,
  blockOver,
  channelFixture,
  codesOf,
  feedFixture,
  genesisFixture,
  keyFor,
  registrationItem,
  reportItem,
  revocationItem,
  runBlock,
  T0,
  WriteTable,
} from './testing/fixtures.ts';

describe('a window from its first report to its result', () => {
  it('closes once f + 1 leaders had blocks after its end and the grace is over', () => {
    const state = genesisState(genesisFixture());
    const devices = ['a', 'b', 'c'].map(keyFor);
    expect(
      codesOf(
        state,
        devices.map((device) => registrationItem({ device })),
      ),
    ).toEqual(Array(3).fill('accepted'));
    const reports = devices.map((device, i) => reportItem({ device, observedAt: T0 + i, values: [100 * (i + 1)] }));
    expect(codesOf(state, reports, { time: T0 + 1000 })).toEqual(Array(3).fill('accepted'));
    const end = T0 + 60_000;
    expect(nextDue(state)).toEqual({ atMs: end + 1 });
    expect(runBlock(state, [], { time: end }).results).toEqual([]);
    expect(runBlock(state, [], { time: end + 10_000 }).results).toEqual([]);
    expect(nextDue(state)).toEqual({ atMs: end + 1 });
    expect(runBlock(state, [], { time: end + 10_001 }).results).toEqual([]);
    expect(nextDue(state)).toEqual({ atMs: end + 5001 });
    const { results } = runBlock(state, [], { time: end + 10_002 });
    expect(results).toEqual([
      {
        feed: 'air',
        group: '',
        windowStart: T0,
        windowEnd: end,
        status: 'final',
        open: false,
        reports: 3,
        devices: 3,
        filtered: 0,
        channels: [
          {
            name: 'pm25',
            exponent: -1,
            count: 3,
            filtered: 0,
            aggregates: [
              { kind: 'median', code: 'ok', value: 200n },
              { kind: 'mean', code: 'ok', value: 200n },
              { kind: 'count', code: 'ok', value: 3n },
            ],
          },
        ],
      },
    ]);
    expect(nextDue(state)).toBeNull();
    const late = reportItem({ device: keyFor('a'), seq: 2, observedAt: T0 + 5 });
    expect(codesOf(state, [late], { time: end + 10_003 })).toEqual(['window-closed']);
  });
});

const CELLS = [0x8928308280fffffn, 0x8928308280bffffn, 0x891f1d48863ffffn];

/** Anything that may stand in a batch: mostly sound, often not. */
function randomItem(rng: Rng, now: number): DecodedItem {
  const device = keyFor(`device ${rng.integer(0, 12)}`);
  const feeds = rng.pick([['air'], ['noise'], ['air', 'noise'], ['unknown']]);
  if (rng.chance(0.02)) return { kind: 'malformed', id: reportItem().id };
  if (rng.chance(0.1)) {
    const issuedAt = now - rng.integer(0, 1000);
    const cell = rng.pick([null, ...CELLS, 7n]);
    if (rng.chance(0.2)) return revocationItem({ device, feeds, issuedAt });
    const notAfter = now + rng.integer(0, 400_000);
    return registrationItem({
      device,
      feeds,
      issuedAt,
      cell,
      notAfter,
      signer: rng.pick([keyFor('registrar'), device]),
    });
  }
  const feed = rng.pick(['air', 'noise']);
  return reportItem({
    device,
    feed,
    seq: rng.integer(0, 400),
    observedAt: now - rng.integer(-30_000, 60_000) - (rng.chance(0.05) ? 400_000 : 0),
    values: rng.chance(0.97) ? (feed === 'air' ? [rng.integer(-50, 50)] : [rng.integer(0, 5), 7]) : [99_999],
    ...(rng.chance(0.5) ? { cell: rng.pick([...CELLS, 3n]) } : {}),
  });
}

const RANDOM_FEEDS = [
  feedFixture({ channels: [channelFixture({ stepPerMinuteMax: 60 })], windowMs: 20_000, madFactorMilli: 3000 }),
  feedFixture({
    id: 'noise',
    channels: [channelFixture(), channelFixture({ name: 'other', aggregates: ['energetic-mean', 'dispersion'] })],
    groupResolution: 7,
    open: true,
    devicesMin: 2,
    deviceReportsMax: 5,
    windowMs: 30_000,
  }),
];

function randomBlock(rng: Rng, state: LedgerState) {
  const time = state.time + rng.integer(1, 8000);
  const batches = Array.from({ length: rng.integer(0, 3) }, () =>
    batchOf(
      Array.from({ length: rng.integer(1, 25) }, () => randomItem(rng, time)),
      state.height,
    ),
  );
  return blockOver(state, batches, { time, leader: rng.integer(0, 3) });
}

describe('random blocks', () => {
  it.each([1, 2, 3])('give the same hashes on a state rebuilt from the writes alone (seed %i)', (seed) => {
    const rng = new Rng(seed);
    const genesis = genesisFixture(RANDOM_FEEDS);
    let state = genesisState(genesis);
    const table = new WriteTable();
    const codes = new Map<string, number>();
    let resultCount = 0;
    for (let i = 0; i < 200; i++) {
      const block = randomBlock(rng, state);
      const before = snapshotEntries(state);
      const execution = execute(state, block);
      expect(snapshotEntries(state), 'execute does not touch the state').toEqual(before);
      const { height, time, stateHash } = state;
      const rebuilt = restoreState(genesis, rng.shuffled(table.list()), { height, time, stateHash });
      const again = execute(rebuilt, block);
      for (const field of ['stateHash', 'receiptsRoot', 'reportsRoot', 'resultsRoot'] as const) {
        expect(again[field], `${field} at ${height + 1}`).toBe(execution[field]);
      }
      table.apply(execution.writes);
      if (rng.chance(0.2)) {
        commit(rebuilt, again);
        state = rebuilt;
      } else {
        commit(state, execution);
      }
      expect(snapshotEntries(state)).toEqual(table.list().sort((a, b) => (a.key < b.key ? -1 : 1)));
      for (const { code } of execution.receipts) codes.set(code, (codes.get(code) ?? 0) + 1);
      resultCount += execution.results.length;
    }
    expect(resultCount).toBeGreaterThan(20);
    // the garbage was varied enough to mean something
    expect([...codes.keys()].length, [...codes].join(' ')).toBeGreaterThan(15);
  });
});
