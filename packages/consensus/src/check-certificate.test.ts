// Each rule of a certificate's shape, broken alone: the highest certificate decides what a new leader proposes again (5.3).
import { quorumOf, type Signature, toHash, ZERO_HASH } from '@cairn/primitives';
import type { PrepareCertificate, TimeoutCertificate } from '@cairn/protocol';
import { describe, expect, it } from 'vitest';
import { prepareCertificateFault, timeoutCertificateFault } from './check-certificate.ts';

const quorum = quorumOf(4);
const signature = '00'.repeat(64) as Signature;
const hash = toHash('ab'.repeat(32));
const other = toHash('cd'.repeat(32));
const at = { epoch: 0, height: 5 };
const voters = (members: readonly number[]) => members.map((member) => ({ member, signature }));

function prepared(change: Partial<PrepareCertificate> = {}): PrepareCertificate {
  return { ...at, view: 2, blockHash: hash, votes: voters([0, 1, 2]), ...change };
}

/** Three votes of view 3; the first two name `high`, the third nothing. */
function timedOut(change: Partial<TimeoutCertificate> = {}): TimeoutCertificate {
  const named = { highView: 2, highHash: hash, signature };
  const votes = [
    { member: 0, ...named },
    { member: 1, ...named },
    { member: 3, ...nothing },
  ];
  return { ...at, view: 3, votes, highCertificate: prepared(), ...change };
}
const nothing = { highView: -1, highHash: ZERO_HASH, signature };
const withNothing = [0, 1, 2].map((member) => ({ member, ...nothing }));
const naming = (highView: number, highHash = hash) => [
  { member: 0, highView, highHash, signature },
  ...[1, 2].map((member) => ({ member, ...nothing })),
];

describe('a prepare certificate', () => {
  it.each<[string | null, Partial<PrepareCertificate>]>([
    [null, {}],
    [null, { votes: voters([0, 1, 2, 3]) }],
    ['a voter is not a member', { votes: voters([0, 1, 4]) }],
    ['fewer than q votes', { votes: voters([0, 1]) }],
    ['fewer than q votes', { votes: [] }],
  ])('%s: %o', (fault, change) => {
    expect(prepareCertificateFault(prepared(change), quorum)).toBe(fault);
  });
});

describe('a timeout certificate', () => {
  it.each<[string | null, Partial<TimeoutCertificate>]>([
    [null, {}],
    [null, { votes: withNothing, highCertificate: null }],
    // a vote may name a certificate of its own view
    [null, { view: 2, votes: naming(2) }],
    ['a voter is not a member', { votes: [...withNothing, { member: 4, ...nothing }] }],
    ['fewer than q votes', { votes: withNothing.slice(1), highCertificate: null }],
    ['a vote names a certificate of a later view', { votes: naming(4) }],
    ['the highest prepare certificate is missing', { highCertificate: null }],
    ['its prepare certificate is of another height', { highCertificate: prepared({ height: 4 }) }],
    ['its prepare certificate is of another height', { highCertificate: prepared({ epoch: 1 }) }],
    // lower than what a vote names, higher, or none was named
    ['its prepare certificate is not the highest', { highCertificate: prepared({ view: 1 }) }],
    ['its prepare certificate is not the highest', { highCertificate: prepared({ view: 3 }) }],
    ['its prepare certificate is not the highest', { votes: withNothing }],
    ['its prepare certificate is not the one that the votes name', { votes: naming(2, other) }],
    ['fewer than q votes', { highCertificate: prepared({ votes: voters([0, 1]) }) }],
    ['a voter is not a member', { highCertificate: prepared({ votes: voters([0, 1, 9]) }) }],
  ])('%s: %o', (fault, change) => {
    expect(timeoutCertificateFault(timedOut(change), quorum)).toBe(fault);
  });
});
