import { describe, expect, it } from 'vitest';
import { checkpoint } from '../test/fixtures.ts';
import {
  AnchorMachine,
  type AnchorRecord,
  type AnchorStatus,
  type AnchorStep,
  anchorPrice,
  type CheckedStatus,
  defaultAnchorOptions,
} from './index.ts';

const CHAIN = 'chain';
const HEAD = { slot: 1000, blockHeight: 900 };
const options = { ...defaultAnchorOptions, feeLamportsMax: 20_000 };

function record(change: Partial<AnchorRecord> = {}): AnchorRecord {
  const { treeSize, root, headerHash, note } = checkpoint({ treeSize: 5 });
  return {
    ...{ transaction: 'tx', chain: CHAIN, status: 'submitted', treeSize, root, headerHash, note, slot: null },
    ...{ blockTime: null, submittedAt: 0, attempt: 1, feeLamports: 10_100, lastValidBlockHeight: 899 },
    transactionBase64: 'AAAA',
    ...change,
  };
}

function machineWith(records: readonly AnchorRecord[]): AnchorMachine {
  return new AnchorMachine(options, {
    records,
    build: ({ computeUnitPriceMicroLamports }) => ({
      transaction: `tx at ${computeUnitPriceMicroLamports}`,
      bytes: new Uint8Array(3),
    }),
  });
}

const survey = { chain: CHAIN, balanceLamports: 1e9, recentPrice: 0, blockhash: 'b', lastValidBlockHeight: 1050 };

/** A restarted machine that has found its chain and is about to look for what was under way. */
function looking(known: AnchorRecord): { machine: AnchorMachine; step: AnchorStep } {
  const machine = machineWith([known]);
  expect(machine.step({ kind: 'woken', atMs: 1 }).command).toEqual({ kind: 'survey' });
  const step = machine.step({ kind: 'surveyed', atMs: 2, survey });
  return { machine, step };
}

describe('what a check makes of a record', () => {
  const found = (commitment: CheckedStatus['commitment'], change: Partial<CheckedStatus> = {}): CheckedStatus => ({
    ...{ slot: 950, commitment, isFailed: false, blockTime: 7000 },
    ...change,
  });
  const table: [string, AnchorStatus, CheckedStatus | null, { slot: number; blockHeight: number }, AnchorStatus][] = [
    ['unknown, and can still land', 'submitted', null, { slot: 1000, blockHeight: 899 }, 'submitted'],
    ['unknown, and cannot land any more', 'submitted', null, { slot: 1000, blockHeight: 900 }, 'expired'],
    ['unknown to an RPC that is behind the head', 'submitted', null, { slot: 999, blockHeight: 900 }, 'submitted'],
    ['processed', 'submitted', found('processed'), HEAD, 'submitted'],
    ['confirmed', 'submitted', found('confirmed'), HEAD, 'confirmed'],
    ['confirmed after its last valid height', 'submitted', found('confirmed', { slot: 990 }), HEAD, 'confirmed'],
    ['finalized at once', 'submitted', found('finalized'), HEAD, 'finalized'],
    ['finalized later', 'confirmed', found('finalized'), HEAD, 'finalized'],
    ['failed on the chain', 'submitted', found('confirmed', { isFailed: true }), HEAD, 'failed'],
    ['failed, not yet voted for', 'submitted', found('processed', { isFailed: true }), HEAD, 'submitted'],
    ['gone with a fork', 'confirmed', null, HEAD, 'dropped'],
  ];

  it.each(table)('%s', (_, before, status, seen, after) => {
    const { machine, step } = looking(record({ status: before, slot: before === 'confirmed' ? 950 : null }));
    expect(step.command).toEqual({ kind: 'check', transactions: ['tx'] });
    const head = { slot: 1000, blockHeight: seen.blockHeight };
    const check = { chain: CHAIN, head, slot: seen.slot, statuses: [status] };
    const judged = machine.step({ kind: 'checked', atMs: 3, check });
    expect(judged.save.map((saved) => saved.status)).toEqual(before === after ? [] : [after]);
    if (status !== null && before !== after)
      expect(judged.save).toMatchObject([{ slot: status.slot, blockTime: 7000 }]);
  });

  it('another chain says nothing about it', () => {
    const { machine } = looking(record());
    const check = { chain: 'other', head: HEAD, slot: 1000, statuses: [null] };
    expect(machine.step({ kind: 'checked', atMs: 3, check })).toMatchObject({ save: [], events: [{ chain: 'other' }] });
  });
});

describe('a step', () => {
  it('saves the record in the same step that sends it', () => {
    const machine = machineWith([]);
    expect(machine.step({ kind: 'woken', atMs: 0 })).toMatchObject({ command: undefined, wakeAtMs: undefined });
    const offered = machine.step({ kind: 'checkpoint', atMs: 1, checkpoint: checkpoint({ treeSize: 6 }) });
    expect(offered.command).toEqual({ kind: 'survey' });
    const begun = machine.step({ kind: 'surveyed', atMs: 2, survey });
    expect(begun.save).toMatchObject([{ status: 'submitted', treeSize: 6, lastValidBlockHeight: 1050, attempt: 1 }]);
    expect(begun.command).toEqual({ kind: 'send', record: begun.save[0] });
    expect(machine.state.phase).toBe('submitting');
    const sent = machine.step({ kind: 'sent', atMs: 3 });
    expect(sent).toMatchObject({ command: undefined, wakeAtMs: 2 + options.pollMs });
    expect(machine.state.phase).toBe('confirming');
  });

  it('gives no second command while one is under way', () => {
    const machine = machineWith([record()]);
    expect(machine.step({ kind: 'woken', atMs: 1 }).command).toEqual({ kind: 'survey' });
    expect(machine.step({ kind: 'woken', atMs: 9e9 }).command).toBeUndefined();
    const offered = machine.step({ kind: 'checkpoint', atMs: 9e9, checkpoint: checkpoint({ treeSize: 6 }) });
    expect(offered.command).toBeUndefined();
  });

  it('pays more after an attempt that expired, and waits before it', () => {
    const { machine } = looking(record({ attempt: 2 }));
    machine.step({ kind: 'checkpoint', atMs: 3, checkpoint: checkpoint({ treeSize: 6 }) });
    const check = { chain: CHAIN, head: HEAD, slot: 1000, statuses: [null] };
    expect(machine.step({ kind: 'checked', atMs: 10, check })).toMatchObject({ command: undefined, wakeAtMs: 2010 });
    expect(machine.state.phase).toBe('retrying');
    expect(machine.step({ kind: 'woken', atMs: 2010 }).command).toEqual({ kind: 'survey' });
    expect(machine.step({ kind: 'surveyed', atMs: 2011, survey }).save).toMatchObject([
      { attempt: 3, transaction: 'tx at 4000', feeLamports: 10_400 },
    ]);
  });

  it('an answer that nobody asked for is our own bug', () => {
    expect(() => machineWith([]).step({ kind: 'sent', atMs: 1 })).toThrow('an answer to the command under way');
  });
});

describe('the price', () => {
  it.each([
    [0, 1, 1000, 10_100, false],
    [0, 3, 4000, 10_400, false],
    [5000, 1, 5000, 10_500, false],
    [5000, 2, 10_000, 11_000, false],
    [1e9, 1, 100_000, 20_000, true],
    [0, 1000, 100_000, 20_000, true],
  ])('recent %i, attempt %i', (recentPrice, attempt, computeUnitPriceMicroLamports, feeLamports, isCapped) => {
    expect(anchorPrice(options, recentPrice, attempt)).toEqual({
      computeUnitPriceMicroLamports,
      feeLamports,
      isCapped,
    });
  });
});
