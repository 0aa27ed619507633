import { type Authenticated, type Hash, toSignature, ZERO_HASH } from '@cairn/primitives';
import { type Block, blockHash, encodeBlock, type PrepareCertificate } from '@cairn/protocol';
import { describe, expect, it } from 'vitest';
import { EMPTY_VOTING_RECORD, type VotingRecord } from './effects.ts';
import { isBeyondJournal, type OwnMessage } from './own-message.ts';

const signature = toSignature('00'.repeat(64));
const other = 'ab'.repeat(32) as Hash;

function block(time: number): Block {
  const roots = { batchesRoot: ZERO_HASH, receiptsRoot: ZERO_HASH, reportsRoot: ZERO_HASH, resultsRoot: ZERO_HASH };
  const links = { networkId: ZERO_HASH, parentHash: ZERO_HASH, parentCertificateHash: ZERO_HASH };
  const state = { stateHash: ZERO_HASH, previousLogRoot: ZERO_HASH, committeeHash: ZERO_HASH, epochEnd: null };
  const header = { version: 1, height: 8, time, leader: 0, epoch: 0, ...roots, ...links, ...state };
  return { header, batchIds: [], parentCertificate: null };
}

const blocks = [block(1), block(2)] as const;
const hash = blockHash(blocks[0]);
const certificate: PrepareCertificate = { epoch: 0, height: 8, view: 2, blockHash: hash, votes: [] };
const encoded = encodeBlock(blocks[0]);
/** In view 2 of height 8 everything was said. */
const full: VotingRecord = {
  entered: { view: 2, entry: { kind: 'prepare', certificate } },
  proposed: [{ view: 2, block: encoded }],
  prepared: { view: 2, hash, block: encoded },
  highCertificate: certificate,
  timedOut: { view: 2, vote: {} as never },
};

function said(kind: OwnMessage['kind'], change: object = {}): Authenticated<OwnMessage> {
  const message = { kind, epoch: 0, height: 8, view: 2, member: 1, signature, blockHash: hash, block: blocks[0] };
  return { ...message, ...change } as unknown as Authenticated<OwnMessage>;
}

const isBeyond = (message: Authenticated<OwnMessage>, voting = full, tipHeight = 7) =>
  isBeyondJournal(message, { tipHeight, voting });
const KINDS = ['proposal', 'prepare-vote', 'sign-request', 'signature-share', 'nonce-refusal', 'timeout-vote'] as const;

describe('what a member signed, beside its journal (9)', () => {
  it.each(KINDS)('a %s that was written before it left is nothing new; of a later view or height it is', (kind) => {
    expect(isBeyond(said(kind))).toBe(false);
    expect(isBeyond(said(kind, { view: 3 }))).toBe(true);
    expect(isBeyond(said(kind, { height: 9, view: 0 }))).toBe(true);
    expect(isBeyond(said(kind, { height: 7, view: 9 }))).toBe(false);
  });

  it('each kind needs its own entry of the journal', () => {
    expect(isBeyond(said('proposal'), { ...full, proposed: [] })).toBe(true);
    expect(isBeyond(said('sign-request'), { ...full, proposed: [] })).toBe(true);
    expect(isBeyond(said('prepare-vote'), { ...full, prepared: null })).toBe(true);
    expect(isBeyond(said('signature-share'), { ...full, highCertificate: null })).toBe(true);
    expect(isBeyond(said('timeout-vote'), { ...full, timedOut: null })).toBe(true);
    expect(isBeyond(said('prepare-vote', { view: 0 }), EMPTY_VOTING_RECORD)).toBe(true);
  });

  it('another block in the same view is newer than the journal, an earlier vote is not', () => {
    expect(isBeyond(said('proposal', { block: blocks[1] }))).toBe(true);
    expect(isBeyond(said('prepare-vote', { blockHash: other }))).toBe(true);
    expect(isBeyond(said('prepare-vote', { view: 1, blockHash: other }))).toBe(false);
  });
});
