import { Rng, toHash, toPublicKey, toSignature } from '@cairn/primitives';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AgreementMessage,
  type BlockHeader,
  decodeAgreementMessage,
  decodeHeader,
  encodeAgreementMessage,
  encodeHeader,
} from './index.ts';

const rng = new Rng(1);
const hash = () => toHash(rng.bytes(32));
const signature = () => toSignature(rng.bytes(64));

function header(isLast: boolean): BlockHeader {
  return {
    version: 1,
    networkId: hash(),
    height: 7,
    parentHash: hash(),
    parentCertificateHash: hash(),
    time: 1_700_000_000_000,
    leader: 3,
    epoch: 0,
    batchesRoot: hash(),
    receiptsRoot: hash(),
    reportsRoot: hash(),
    resultsRoot: hash(),
    stateHash: hash(),
    previousLogRoot: hash(),
    committeeHash: hash(),
    epochEnd: isLast ? { snapshotRoot: hash(), rewardsRoot: hash(), nextCommitteeHash: hash() } : null,
  };
}

describe('block header', () => {
  it.each([false, true])('gives back what it took (end of epoch: %s)', (isLast) => {
    const original = header(isLast);
    const bytes = encodeHeader(original);
    expect(bytes.length).toBe(isLast ? 448 : 352);
    expect(decodeHeader(bytes)).toEqual(original);
  });
});

describe('agreement messages', () => {
  const position = { epoch: 0, height: 7, view: 2 };
  const certificate = { ...position, view: 1, blockHash: hash(), votes: [{ member: 0, signature: signature() }] };
  const commitment = { member: 1, hiding: rng.bytes(32), binding: rng.bytes(32), signature: signature() };
  const timeout = {
    ...position,
    view: 1,
    votes: [{ member: 2, highView: -1, highHash: hash(), signature: signature() }],
    highCertificate: certificate,
  };
  const block = { header: header(false), batchIds: [hash()], parentCertificate: certificate };
  const messages: AgreementMessage[] = [
    { kind: 'proposal', ...position, member: 0, block, timeoutCertificate: timeout, signature: signature() },
    { kind: 'prepare-vote', ...position, member: 0, blockHash: hash(), signature: signature(), commitment },
    {
      kind: 'sign-request',
      ...position,
      member: 0,
      blockHash: hash(),
      session: 0,
      commitments: [commitment],
      signature: signature(),
      certificate,
    },
    {
      kind: 'signature-share',
      ...position,
      member: 0,
      signRequestHash: hash(),
      z: rng.bytes(32),
      signature: signature(),
      nextCommitment: null,
    },
    { kind: 'nonce-refusal', ...position, member: 0, signRequestHash: hash(), commitment, signature: signature() },
    {
      kind: 'timeout-vote',
      ...position,
      highView: 1,
      highHash: hash(),
      member: 0,
      signature: signature(),
      highCertificate: certificate,
      entry: { kind: 'timeout', certificate: timeout },
      missingBatches: [hash()],
    },
    { kind: 'certified-block', certified: { block, certificate, groupSignature: signature() } },
  ];

  it.each(messages.map((message) => [message.kind, message] as const))('%s gives back what it took', (_, message) => {
    expect(decodeAgreementMessage(encodeAgreementMessage(message))).toEqual(message);
  });

  it('decoding mutated bytes returns the same noun again or throws a coded error', () => {
    const seeds = messages.map(encodeAgreementMessage);
    fc.assert(
      fc.property(fc.nat(seeds.length - 1), fc.nat(), fc.nat(255), (which, where, value) => {
        const bytes = (seeds[which] as Uint8Array).slice();
        bytes[where % bytes.length] = value;
        try {
          expect(encodeAgreementMessage(decodeAgreementMessage(bytes))).toEqual(bytes);
        } catch (error) {
          expect((error as { code?: string }).code).toMatch(/^(PROTOCOL|BYTES)_/);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('a key is 32 bytes of lowercase hex', () => {
    expect(() => toPublicKey('00')).toThrow(/32 bytes/);
  });
});
