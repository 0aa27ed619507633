// Goal: which blocks can follow a state, how often a batch counts, and that windows do not depend on who was first.
import { AssertionError, fromHex, Rng, utf8, ZERO_HASH } from '@cairn/primitives';
import {
  BATCH_LIFETIME_HEIGHTS,
  decodeReport,
  encodeReport,
  encodeReportPayload,
  ITEM_KINDS,
  reportProtectedHeader,
} from '@cairn/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BlockInputProblem, blockInputProblem, isBatchUsable } from './block-input.ts';
import { type DecodedItem, decodeBatchItems } from './decoded-batch.ts';
import { commit, execute, nextStateHash } from './execute.ts';
import { genesisState } from './ledger-state.ts';
import { restoreState, snapshotEntries } from './restore-state.ts';
import {
  batchOf,
  blockOver,
  channelFixture,
  feedFixture,
  genesisFixture,
  keyFor,
  registrationItem,
  reportItem,
  runBlock,
  T0,
} from './testing/fixtures.ts';

describe('a block that can follow', () => {
  const state = genesisState(genesisFixture());
  const batch = batchOf([reportItem()]);
  const full = () => batchOf(Array.from({ length: 512 }, () => reportItem()));
  const table: [name: string, change: Parameters<typeof blockOver>[2], problem: BlockInputProblem | null][] = [
    ['a plain one', {}, null],
    ['another height', { height: 2 }, 'height-mismatch'],
    ['the time of its parent', { time: state.time }, 'time-not-later'],
    ['a leader outside the committee', { leader: 4 }, 'leader-unknown'],
    ['one batch twice', { batches: [batch, batch] }, 'batch-repeated'],
    ['a batch of its own height', { batches: [batchOf([reportItem()], 1)] }, 'batch-too-early'],
    ['65 batches', { batches: Array.from({ length: 65 }, () => batchOf([reportItem()])) }, 'batches-exceeded'],
    ['32 full batches', { batches: Array.from({ length: 32 }, full) }, null],
    ['33 full batches', { batches: Array.from({ length: 33 }, full) }, 'items-exceeded'],
  ];

  it.each(table)('%s', (_, change, problem) => {
    const block = blockOver(state, [batch], change);
    expect(blockInputProblem(state, block)).toBe(problem);
    if (problem !== null) expect(() => execute(state, block)).toThrow(AssertionError);
  });

  it('a batch counts once, from base + 1 to base + 1,000', () => {
    const moving = genesisState(genesisFixture());
    const [counted, waiting] = [batchOf([reportItem()]), batchOf([reportItem()])];
    expect(isBatchUsable(moving, { id: counted.id, baseHeight: 1 }, 1)).toBe('too-early');
    commit(moving, execute(moving, blockOver(moving, [counted])));
    for (let height = 2; height <= BATCH_LIFETIME_HEIGHTS; height++) {
      expect(isBatchUsable(moving, counted, height), `height ${height}`).toBe('counted');
      expect(isBatchUsable(moving, waiting, height)).toBe('ok');
      runBlock(moving, []);
    }
    expect(isBatchUsable(moving, counted, BATCH_LIFETIME_HEIGHTS + 1)).toBe('expired');
    expect(isBatchUsable(moving, waiting, BATCH_LIFETIME_HEIGHTS + 1)).toBe('expired');
    // and then it is forgotten: the state does not grow with the chain
    expect(moving.counted.size + moving.batchesOf.size).toBe(0);
    expect(snapshotEntries(moving).some(({ key }) => key.startsWith('b/'))).toBe(false);
  });

  it('only one of two executions over a state can be committed', () => {
    const moving = genesisState(genesisFixture());
    const [one, other] = [1, 2].map((leader) => execute(moving, blockOver(moving, [], { leader })));
    expect(one?.stateHash).not.toBe(other?.stateHash);
    commit(moving, one as typeof one & {});
    expect(() => commit(moving, other as typeof one & {})).toThrow(AssertionError);
  });

  it('an empty block still moves the state hash, by whom led it and when', () => {
    const moving = genesisState(genesisFixture());
    const { writes, stateHash } = runBlock(moving, []);
    expect(writes.map(({ key }) => key)).toEqual([`l/${keyFor('member 1')}`]);
    expect(stateHash).toBe(nextStateHash(ZERO_HASH, writes));
  });
});

describe('decoding items', () => {
  const payload = encodeReportPayload({ feed: 'air', seq: 1, observedAt: T0, values: [5] });
  const protectedHeader = reportProtectedHeader(fromHex(keyFor('device'), 32));
  const good = encodeReport({ protectedHeader, payload, signature: new Uint8Array(64) });
  const decodeOne = (kind: (typeof ITEM_KINDS)[number], bytes: Uint8Array) =>
    decodeBatchItems({ ...batchOf([]), items: [{ kind, bytes }] }, ZERO_HASH).items[0] as DecodedItem;

  it('a report keeps the id of its bytes', () => {
    expect(decodeOne('report', good)).toMatchObject({ kind: 'report', id: decodeReport(good, ZERO_HASH).report.id });
    expect(decodeOne('registration', good).kind).toBe('malformed');
    expect(decodeOne('governance', utf8('x')).kind).toBe('malformed');
  });

  it('garbage never throws, neither here nor in execution', () => {
    const state = genesisState(genesisFixture());
    runBlock(state, [registrationItem()]);
    const mutated = fc.tuple(fc.nat(good.length - 1), fc.nat(255)).map(([at, value]) => good.with(at, value));
    fc.assert(
      fc.property(fc.constantFrom(...ITEM_KINDS), fc.oneof(fc.uint8Array({ minLength: 1 }), mutated), (kind, bytes) => {
        const item = decodeOne(kind, bytes);
        expect(execute(state, blockOver(state, [batchOf([item])])).receipts).toHaveLength(1);
      }),
    );
  });
});

describe('the order of batches of different devices', () => {
  it('does not change the results of a window', () => {
    const rng = new Rng(8);
    const feed = feedFixture({
      channels: [
        channelFixture({ aggregates: ['median', 'mean', 'energetic-mean', 'dispersion'], stepPerMinuteMax: 40 }),
      ],
      madFactorMilli: 3000,
      deviceReportsMax: 4,
      graceMs: 0,
    });
    for (let run = 0; run < 40; run++) {
      const devices = Array.from({ length: 6 }, (_, i) => keyFor(`d${i}`));
      const batches = devices.map((device) =>
        batchOf(
          Array.from({ length: 6 }, (_, i) =>
            reportItem({ device, seq: rng.integer(0, i), observedAt: T0 + i, values: [rng.integer(0, 60)] }),
          ),
        ),
      );
      const resultsOf = (order: typeof batches) => {
        const state = genesisState(genesisFixture([feed], 1));
        runBlock(
          state,
          devices.map((device) => registrationItem({ device })),
        );
        const mined = execute(state, blockOver(state, order, { time: T0 + 30_000 }));
        commit(state, mined);
        runBlock(state, [], { time: T0 + 60_001 });
        return {
          results: runBlock(state, [], { time: T0 + 60_002 }).results,
          accepted: [...mined.acceptedReports].sort(),
        };
      };
      const expected = resultsOf(batches);
      expect(expected.results[0]?.reports).toBe(expected.accepted.length);
      expect(resultsOf(rng.shuffled(batches))).toEqual(expected);
    }
  });

  it('a report in many batches counts once', () => {
    const rng = new Rng(12);
    const state = genesisState(genesisFixture());
    runBlock(state, [registrationItem()]);
    const reports = Array.from({ length: 100 }, (_, seq) => reportItem({ seq, observedAt: T0 + seq }));
    const accepted: string[] = [];
    for (let i = 0; i < 30; i++) {
      const some = rng.shuffled(reports).slice(0, 20);
      accepted.push(...runBlock(state, [...some, ...some]).acceptedReports);
    }
    expect(new Set(accepted).size).toBe(accepted.length);
    expect(accepted.length).toBeGreaterThan(90);
  });
});

describe('restoring', () => {
  const genesis = genesisFixture();
  const meta = { height: 5, time: T0, stateHash: ZERO_HASH };
  const device = keyFor('device');

  it.each([
    ['an unknown kind', 'x/1', 'f6'],
    ['a feed that is not there', `t/nothing/${device}`, '83005820'],
    ['a bad device', 't/air/12', '00'],
    ['too many parts', `c/air/1`, '00'],
    ['a bad number in the key', 'b/007', '00'],
    ['a bad value', 'c/air', '20'],
    ['bytes that are not CBOR', 'c/air', 'ff'],
    ['a trace that is none', `t/air/${device}`, '80'],
    ['no samples', `w/air/${T0}//4`, '80'],
    ['a deferred report that is none', `d/air/${device}/7`, '80'],
  ])('refuses %s', (_, key, hex) => {
    expect(() => restoreState(genesis, [{ key, value: fromHex(hex) }], meta)).toThrowError(
      expect.objectContaining({ code: 'LEDGER_STATE_MALFORMED' }),
    );
  });

  it('takes keys as bytes too', () => {
    const state = genesisState(genesis);
    runBlock(state, [registrationItem(), reportItem(), reportItem({ seq: 2, observedAt: T0 + 60_000 })]);
    const entries = snapshotEntries(state).map(({ key, value }) => ({ key: utf8(key), value }));
    const { height, time, stateHash } = state;
    expect(snapshotEntries(restoreState(genesis, entries, { height, time, stateHash }))).toEqual(
      snapshotEntries(state),
    );
  });
});
