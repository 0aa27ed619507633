import { createSigner, verifySignature } from '@cairn/crypto';
import { type Hash, quorumOf, Rng, toHash, ZERO_HASH } from '@cairn/primitives';
import {
  type AgreementMessage,
  type Block,
  batchesRootOf,
  blockHash,
  type Committee,
  nonceCommitmentSigningBytes,
  type Position,
  type PrepareCertificate,
  prepareVoteSigningBytes,
  sealMessage,
  type TimeoutCertificate,
  timeoutVoteSigningBytes,
  type UnsignedAgreement,
} from '@cairn/protocol';
import { describe, expect, it } from 'vitest';
import { authenticate, type Door } from './authenticate.ts';

const rng = new Rng(11);
const keys = [0, 1, 2, 3].map(() => createSigner(rng.bytes(32)));
const networkId = toHash(rng.bytes(32));
const committee: Committee = {
  epoch: 0,
  groupKey: keys[0]?.publicKey as never,
  members: keys.map(({ publicKey }, index) => ({ index, identityKey: publicKey, verificationShare: publicKey })),
};
const door: Door = {
  networkId,
  committee,
  quorum: quorumOf(4),
  epochBlocks: 100,
  verify: verifySignature,
  isValidCommitment: ({ hiding }) => hiding[0] !== 0xff,
};
const at: Position = { epoch: 0, height: 5, view: 1 };
const by = (member: number) => keys[member] as (typeof keys)[number];
const seal = (message: UnsignedAgreement, member = 0) => sealMessage(networkId, message, by(member).sign);

const batchIds = [toHash(rng.bytes(32))];
const block: Block = {
  header: {
    version: 1,
    networkId,
    height: 5,
    parentHash: ZERO_HASH,
    parentCertificateHash: ZERO_HASH,
    time: 9,
    leader: 1,
    epoch: 0,
    batchesRoot: batchesRootOf(batchIds),
    receiptsRoot: ZERO_HASH,
    reportsRoot: ZERO_HASH,
    resultsRoot: ZERO_HASH,
    stateHash: ZERO_HASH,
    previousLogRoot: ZERO_HASH,
    committeeHash: ZERO_HASH,
    epochEnd: null,
  },
  batchIds,
  parentCertificate: null,
};
const hash = blockHash(block);

function prepared(view = 1, signedView = view, members = [0, 1, 2], of: Hash = hash): PrepareCertificate {
  const bytes = prepareVoteSigningBytes(networkId, { ...at, view: signedView, blockHash: of });
  return {
    ...at,
    view,
    blockHash: of,
    votes: members.map((member) => ({ member, signature: by(member).sign(bytes) })),
  };
}

function timedOut(view = 0, high: PrepareCertificate | null = null, signedView = view): TimeoutCertificate {
  const named = { highView: high?.view ?? -1, highHash: high?.blockHash ?? ZERO_HASH };
  const bytes = timeoutVoteSigningBytes(networkId, { ...at, view: signedView, ...named });
  const votes = [0, 1, 2].map((member) => ({ member, ...named, signature: by(member).sign(bytes) }));
  return { ...at, view, votes, highCertificate: high };
}

function commitment(member: number, view = 1, first = 1) {
  const points = { hiding: new Uint8Array(32).fill(first), binding: new Uint8Array(32).fill(2) };
  const bytes = nonceCommitmentSigningBytes(networkId, { ...at, view, ...points });
  return { member, ...points, signature: by(member).sign(bytes) };
}

const proposal = (timeout: TimeoutCertificate | null = timedOut(), what: Block = block) =>
  seal({ kind: 'proposal', ...at, member: 1, block: what, timeoutCertificate: timeout }, 1);
const request = (change: object = {}) =>
  seal({
    kind: 'sign-request',
    ...at,
    member: 0,
    blockHash: hash,
    session: 0,
    commitments: [0, 1, 2].map((member) => commitment(member)),
    certificate: prepared(),
    ...change,
  } as UnsignedAgreement);
const vote = (change: object = {}, member = 2) =>
  ({
    ...seal({ kind: 'prepare-vote', ...at, member, blockHash: hash, commitment: commitment(member) }, member),
    ...change,
  }) as AgreementMessage;
const timeoutVote = (change: object = {}) =>
  seal({
    kind: 'timeout-vote',
    ...at,
    highView: -1,
    highHash: ZERO_HASH,
    member: 0,
    highCertificate: null,
    entry: { kind: 'timeout', certificate: timedOut() },
    missingBatches: [],
    ...change,
  } as UnsignedAgreement);

function fault(message: AgreementMessage): string | null {
  const result = authenticate(message, door);
  return result.ok ? null : result.fault;
}

describe('the door lets in', () => {
  it.each([
    ['a proposal', proposal()],
    ['a proposal of a certificate', proposal(timedOut(0, prepared(0)))],
    ['a prepare vote', vote()],
    ['a sign request', request()],
    ['a timeout vote', timeoutVote()],
    ['a timeout vote with a certificate', timeoutVote({ highView: 1, highHash: hash, highCertificate: prepared(1) })],
  ])('%s', (_, message) => {
    expect(fault(message)).toBe(null);
  });
});

/** 5.1 "Every agreement message signs {epoch, height, view} with its content [fork]." */
describe('a signature is of its position and nothing else', () => {
  it.each([
    ['a vote shown in another view', { ...vote(), view: 2 }],
    ['a vote shown at another height', { ...vote(), height: 6 }],
    ['a vote for another block', { ...vote(), blockHash: ZERO_HASH }],
    ['a certificate of votes of an earlier view', request({ certificate: prepared(1, 0) })],
    ['a timeout certificate of votes of an earlier view', proposal(timedOut(0, null, 3))],
    [
      'a timeout vote that names another certificate than it shows',
      timeoutVote({ highView: 0, highHash: hash, highCertificate: prepared(1) }),
    ],
    ['a timeout vote that hides the certificate it names', timeoutVote({ highView: 1, highHash: hash })],
    ['a timeout vote of a later view without a way in', timeoutVote({ entry: null })],
    [
      'a timeout vote with the way into another view',
      timeoutVote({ entry: { kind: 'timeout', certificate: timedOut(3) } }),
    ],
    ['a message of another epoch', { ...vote(), epoch: 1 }],
  ])('%s stays outside', (_, message) => {
    expect(fault(message as AgreementMessage)).not.toBe(null);
  });
});

/** 5.2 "A NonceCommitment is good for its height and view only [fork]." */
describe('a commitment is of its view', () => {
  it.each([
    ['beside a vote of another view', { ...vote(), commitment: commitment(2, 0) }],
    ['in a request of another view', request({ commitments: [commitment(0), commitment(1, 0), commitment(2)] })],
    ['of somebody else', { ...vote(), commitment: commitment(1) }],
    ['of points that are none', { ...vote(), commitment: commitment(2, 1, 0xff) }],
  ])('%s it stays outside', (_, message) => {
    expect(fault(message as AgreementMessage)).not.toBe(null);
  });
});

describe('quorums and lists', () => {
  it.each([
    ['a certificate of two', request({ certificate: prepared(1, 1, [0, 1]) })],
    ['a request of two commitments', request({ commitments: [commitment(0), commitment(1)] })],
    ['a request of four', request({ commitments: [0, 1, 2, 3].map((member) => commitment(member)) })],
    ['a request out of order', request({ commitments: [commitment(1), commitment(0), commitment(2)] })],
    [
      'a request for another block than its certificate',
      request({ certificate: prepared(1, 1, [0, 1, 2], ZERO_HASH) }),
    ],
    [
      'a high certificate that is not the highest of the votes',
      proposal({ ...timedOut(0, prepared(0)), highCertificate: null }),
    ],
    ['a proposal in view 1 without a timeout certificate', proposal(null)],
    ['a block with other batches than its header', proposal(timedOut(), { ...block, batchIds: [] })],
    [
      'a block of another network',
      proposal(timedOut(), { ...block, header: { ...block.header, networkId: ZERO_HASH } }),
    ],
    ['a sender that is no member', { ...vote(), member: 9 }],
    ['a sender that is another', { ...vote(), member: 1 }],
  ])('%s stays outside', (_, message) => {
    expect(fault(message as AgreementMessage)).not.toBe(null);
  });
});
