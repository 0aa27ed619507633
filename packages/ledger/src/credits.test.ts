import { sha256Hash } from '@cairn/crypto';
import { type Hash, type MemberIndex, type Signature, utf8 } from '@cairn/primitives';
import { BLOCK_MEMBER_CREDITS_MAX, CREDIT_HEIGHTS } from '@cairn/protocol';
import { describe, expect, it } from 'vitest';
import type { DecodedItem } from './decoded-batch.ts';
import { commit, execute } from './execute.ts';
import { genesisState, type LedgerState } from './ledger-state.ts';
import { restoreState, snapshotEntries } from './restore-state.ts';
import { batchOf, blockOver, codesOf, genesisFixture, runBlock, WriteTable } from './testing/fixtures.ts';

const LEFT_OUT = 3;
const OTHERS: readonly MemberIndex[] = [0, 1, 2];

function hashOf(height: number): Hash {
  return sha256Hash(utf8(`block ${height}`));
}

function creditItem(height: number, member: MemberIndex = LEFT_OUT, blockHash: Hash = hashOf(height)): DecodedItem {
  const credit = { epoch: 0, height, view: 0, blockHash, member, signature: '0'.repeat(128) as Signature };
  return { kind: 'credit', id: sha256Hash(utf8(`${member}/${height}/${blockHash}`)), credit };
}

/** The certificate of the height before, which lacks one vote. */
function turnsOver(state: LedgerState, voters: readonly MemberIndex[] = OTHERS) {
  const { height } = state;
  return height === 0 ? null : { height, blockHash: hashOf(height), failed: [], led: 0, voters };
}

function blockOf(state: LedgerState, items: readonly DecodedItem[] = []): string[] {
  return codesOf(state, items, { turns: turnsOver(state) });
}

/** @returns a state whose last block is that of `height`. */
function grown(height: number, memberCount = 4): LedgerState {
  const state = genesisState(genesisFixture(undefined, memberCount));
  while (state.height < height) blockOf(state);
  return state;
}

describe('credits (5.4)', () => {
  it('count once, for the certified block, for whoever its certificate lacks', () => {
    const state = grown(10);
    expect(
      blockOf(state, [creditItem(8), creditItem(8), creditItem(8, 0), creditItem(7, LEFT_OUT, hashOf(6))]),
    ).toEqual(['accepted', 'duplicate', 'duplicate', 'conflicting']);
    expect(blockOf(state, [creditItem(8), creditItem(7)])).toEqual(['duplicate', 'accepted']);
    expect(state.votes.get(8)).toEqual({ blockHash: hashOf(8), members: [0, 1, 2, 3] });
    expect(state.roster.members[LEFT_OUT]).toMatchObject({ votedAt: 8, votes: 2 });
    expect(state.roster.members[0]).toMatchObject({ votedAt: 11, votes: 11 });
  });

  it('are for heights whose certificate is in an earlier block, and not too old', () => {
    const state = grown(80);
    const height = state.height + 1;
    const items = [height, height - 1, height - 2, height - CREDIT_HEIGHTS, height - CREDIT_HEIGHTS - 1, 0];
    const codes = blockOf(
      state,
      items.map((of) => creditItem(of)),
    );
    expect(codes).toEqual(['future', 'future', 'accepted', 'accepted', 'stale', 'stale']);
    expect(state.votes.size).toBe(CREDIT_HEIGHTS);
  });

  it('of one member in one block are bounded, and crowd out nobody', () => {
    const state = grown(50, 7);
    const many = Array.from({ length: BLOCK_MEMBER_CREDITS_MAX + 1 }, (_, i) => creditItem(10 + i));
    const codes = blockOf(state, [...many, creditItem(10, 4)]);
    expect(codes.filter((code) => code === 'accepted')).toHaveLength(BLOCK_MEMBER_CREDITS_MAX + 1);
    expect(codes.at(-2)).toBe('limit-exceeded');
    expect(codes.at(-1)).toBe('accepted');
    expect(blockOf(state, [creditItem(9, 99)])).toEqual(['malformed']);
  });

  it('bring a member back that is skipped, no earlier than two heights later', () => {
    const state = grown(0);
    const fail = (items: readonly DecodedItem[] = []) => {
      const turns = turnsOver(state);
      return runBlock(state, items, { turns: turns && { ...turns, failed: [LEFT_OUT] } });
    };
    while (state.height < 110) fail();
    expect(state.roster.skippedNext).toEqual([LEFT_OUT]);
    fail([creditItem(state.height - 1)]);
    // The schedule of the next height was settled when its certificate was read.
    expect(state.roster.skippedNext).toEqual([LEFT_OUT]);
    fail();
    expect(state.roster.skippedNext).toEqual([]);
    expect(state.roster.skippedNow).toEqual([LEFT_OUT]);
  });

  it('are in the writes: whoever has them, or a snapshot, goes on with the same hashes', () => {
    const state = grown(0);
    const table = new WriteTable();
    while (state.height < 90) {
      const items = state.height > 20 && state.height % 7 === 0 ? [creditItem(state.height - 5)] : [];
      table.apply(runBlock(state, items, { turns: turnsOver(state) }).writes);
    }
    const entries = snapshotEntries(state);
    expect(new Map(entries.map(({ key, value }) => [key, value]))).toEqual(table.entries);
    const { height, time, stateHash } = state;
    const restored = restoreState(state.genesis, entries, { height, time, stateHash });
    expect(restored.votes).toEqual(state.votes);
    const input = blockOver(state, [batchOf([creditItem(80), creditItem(79)], height)], { turns: turnsOver(state) });
    for (const each of [state, restored]) commit(each, execute(each, input));
    expect(state.votes.get(80)?.members).toContain(LEFT_OUT);
    expect(restored.stateHash).toBe(state.stateHash);
  });
});
