import { EMPTY_VOTING_RECORD, type VotingRecord } from '@cairn/consensus';
import { type AgreementMessage, encodeAgreementMessage, sealMessage, type UnsignedAgreement } from '@cairn/protocol';
import { CertifiedChain } from '@cairn/replica/testing';
import { describe, expect, test } from 'vitest';
import { unknownOwnVote } from './own-votes.ts';

const chain = new CertifiedChain();
const { genesis } = chain;
const { blockHash } = chain.growTo(2)[1] as (typeof chain.commits)[0];
const points = { hiding: new Uint8Array(32).fill(1), binding: new Uint8Array(32).fill(2) };

function signed(message: UnsignedAgreement, by = 0): Uint8Array {
  const signer = chain.members[by] as (typeof chain.members)[0];
  const sealed: AgreementMessage = sealMessage(chain.chain.networkId, message, (bytes) => signer.sign(bytes));
  return encodeAgreementMessage(sealed);
}

const vote = (height: number, view: number, member = 0): UnsignedAgreement => ({
  kind: 'prepare-vote',
  epoch: 0,
  height,
  view,
  member,
  blockHash,
  commitment: { member, ...points },
});

function unknown(messages: readonly Uint8Array[], voting: Partial<VotingRecord> = {}, tipHeight = 5) {
  return unknownOwnVote(messages, {
    genesis,
    self: 0,
    record: { tipHeight, voting: { ...EMPTY_VOTING_RECORD, ...voting } },
  });
}

describe('own votes that others hold', () => {
  const prepared = { view: 1, hash: blockHash, block: new Uint8Array() };
  const entered = { view: 1, entry: null as never };

  test('of certified heights, and those on disk, are known', () => {
    expect(unknown([signed(vote(5, 7))])).toBeNull();
    expect(unknown([signed(vote(6, 0))], { prepared, entered })).toBeNull();
    expect(unknown([signed(vote(6, 1))], { prepared, entered })).toBeNull();
    expect(unknown([])).toBeNull();
  });

  test('in a later view, at a later height, or without a record, are unknown', () => {
    expect(unknown([signed(vote(6, 2))], { prepared, entered })?.what).toBe('a prepare-vote of height 6, view 2');
    expect(unknown([signed(vote(7, 0))], { prepared, entered })?.what).toBe('a prepare-vote of height 7, view 0');
    expect(unknown([signed(vote(5, 0)), signed(vote(6, 0))])?.what).toBe('a prepare-vote of height 6, view 0');
  });

  test('are believed only with this member’s own signature', () => {
    expect(unknown([signed(vote(6, 0), 1)])).toBeNull();
    expect(unknown([signed(vote(6, 0, 1), 1)])).toBeNull();
    expect(unknown([new Uint8Array(20)])).toBeNull();
  });
});
