import { createSigner, verifySignature } from '@cairn/crypto';
import { LogFrontier } from '@cairn/merkle';
import { type Hash, Rng, toPublicKey, toSignature, ZERO_HASH } from '@cairn/primitives';
import {
  type BlockHeader,
  batchSigningBytes,
  checkpointText,
  decodeEvidence,
  type Evidence,
  encodeEvidence,
  encodeHeader,
  type Genesis,
  headerHash,
  type InvalidShareEvidence,
  nonceCommitmentSigningBytes,
  prepareVoteSigningBytes,
  proposalSigningBytes,
  signatureShareSigningBytes,
  signRequestHash,
} from '@cairn/protocol';
import { frostScheme } from '@cairn/threshold';
import { dealShares } from '@cairn/threshold/testing';
import { describe, expect, it } from 'vitest';
import { evidenceFault } from './check-evidence.ts';
import { networkDoor } from './network-door.ts';

const rng = new Rng(5);
const members = [0, 1, 2, 3].map(() => createSigner(rng.bytes(32)));
const dealt = dealShares({ threshold: 3, memberCount: 4 }, rng);
const genesis: Genesis = {
  rulesVersion: 1,
  networkName: 'court',
  createdAt: 1,
  members: members.map(({ publicKey }, index) => ({ name: `m${index}`, identityKey: publicKey, addresses: [] })),
  parameters: { blockIntervalMs: 100, viewTimeoutMs: 1000, viewTimeoutMsMax: 8000, epochBlocks: 10 },
  feeds: [],
  recoveryKeys: [],
  recoveryThreshold: 0,
  ceremonyId: ZERO_HASH,
  transcriptHash: ZERO_HASH,
  groupKey: dealt.groupKey,
  verificationShares: dealt.verificationShares,
};
const door = networkDoor(genesis, { verify: verifySignature, scheme: frostScheme });
const { networkId } = door;
const signer = (index: number) => members[index] as (typeof members)[number];
const hashes = ['aa'.repeat(32), 'bb'.repeat(32)] as unknown as [Hash, Hash];
const at = { epoch: 0, height: 3, view: 1 };

function pair(kind: 'double-proposal' | 'double-prepare', by = 2): Evidence {
  const bytesOf = kind === 'double-proposal' ? proposalSigningBytes : prepareVoteSigningBytes;
  const [first, second] = hashes.map((hash) => ({
    hash,
    signature: signer(by).sign(bytesOf(networkId, { ...at, blockHash: hash })),
  }));
  return { kind, ...at, member: 2, first, second } as Evidence;
}

function doubleBatch(): Extract<Evidence, { kind: 'double-batch' }> {
  const [first, second] = hashes.map((hash) => ({
    hash,
    signature: signer(1).sign(batchSigningBytes(networkId, { epoch: 0, author: 1, seq: 9, id: hash })),
  })) as [Extract<Evidence, { kind: 'double-batch' }>['first'], Extract<Evidence, { kind: 'double-batch' }>['second']];
  return { kind: 'double-batch', epoch: 0, member: 1, seq: 9, first, second };
}

/** Member 2's share in a session of 0, 1 and 2; spoilt or not. */
function share(isSpoilt: boolean): InvalidShareEvidence {
  const before = [1, 2, 3].reduce((log, i) => log.append(Uint8Array.of(i)), LogFrontier.empty);
  const header: BlockHeader = {
    version: 1,
    networkId,
    height: 3,
    parentHash: ZERO_HASH,
    parentCertificateHash: ZERO_HASH,
    time: 7,
    leader: 0,
    epoch: 0,
    batchesRoot: ZERO_HASH,
    receiptsRoot: ZERO_HASH,
    reportsRoot: ZERO_HASH,
    resultsRoot: ZERO_HASH,
    stateHash: ZERO_HASH,
    previousLogRoot: before.root(),
    committeeHash: ZERO_HASH,
    epochEnd: null,
  };
  const log = before.append(encodeHeader(header));
  const blockHash = headerHash(header);
  const message = checkpointText({
    networkName: 'court',
    networkId,
    treeSize: 4,
    root: log.root(),
    headerHash: blockHash,
  });
  const made = [0, 1, 2].map((index) => frostScheme.commitNonce(dealt.keyShares[index] as never, rng.bytes(64)));
  const commitments = made.map(({ commitment }, member) => ({
    member,
    ...commitment,
    signature: signer(member).sign(nonceCommitmentSigningBytes(networkId, { ...at, ...commitment })),
  }));
  const points = commitments.map(({ member: index, hiding, binding }) => ({ index, hiding, binding }));
  const session = frostScheme.createSession({ message, groupKey: dealt.groupKey, commitments: points });
  const z = session.signShare(dealt.keyShares[2] as never, (made[2] as (typeof made)[number]).nonces);
  if (isSpoilt) z[0] = (z[0] as number) ^ 1;
  const requestHash = signRequestHash({ ...at, blockHash, session: 0, commitments });
  const signature = signer(2).sign(signatureShareSigningBytes(networkId, { ...at, signRequestHash: requestHash, z }));
  const parts = { header: encodeHeader(header), frontier: log.size > 0 ? before.hashes : [], session: 0 };
  return { kind: 'invalid-share', ...at, member: 2, ...parts, commitments, z, signature };
}

describe('evidence (5.6)', () => {
  it.each([
    ['two proposals', pair('double-proposal')],
    ['two prepare votes', pair('double-prepare')],
    ['two batches of one seq', doubleBatch()],
    ['an invalid share', share(true)],
  ] as const)('%s convict, also after a trip through bytes', (_, evidence) => {
    expect(evidenceFault(evidence, door)).toBe(null);
    expect(evidenceFault(decodeEvidence(encodeEvidence(evidence)), door)).toBe(null);
  });

  it('a valid share convicts nobody', () => {
    expect(evidenceFault(share(false), door)).toBe('the share is valid');
  });

  it('nobody is convicted by what another signed, by one message twice, or by messages of two views', () => {
    expect(evidenceFault(pair('double-prepare', 1), door)).toMatch(/did not sign/);
    const twice = pair('double-proposal') as Extract<Evidence, { kind: 'double-proposal' }>;
    expect(evidenceFault({ ...twice, second: twice.first }, door)).toMatch(/two different/);
    expect(evidenceFault({ ...twice, view: 2 }, door)).toMatch(/did not sign/);
    expect(evidenceFault({ ...twice, kind: 'double-prepare' }, door)).toMatch(/did not sign/);
    expect(evidenceFault({ ...doubleBatch(), seq: 10 }, door)).toMatch(/did not sign/);
  });

  it('an honest share is not convicted by a header, a frontier or a commitment that it was not made for', () => {
    const honest = share(false);
    const swapped = {
      ...honest,
      frontier: [toPublicKey('cc'.repeat(32)) as unknown as Hash, ...honest.frontier.slice(1)],
    };
    expect(evidenceFault(swapped, door)).toMatch(/frontier/);
    const header = honest.header.slice();
    header[330] = (header[330] as number) ^ 1;
    expect(evidenceFault({ ...honest, header }, door)).not.toBe(null);
    const others = share(false).commitments;
    const [own] = honest.commitments.slice(2);
    expect(evidenceFault({ ...honest, commitments: [...others.slice(0, 2), own as never] }, door)).toMatch(
      /did not sign/,
    );
    const forged = honest.commitments.map((commitment) => ({ ...commitment, signature: toSignature('00'.repeat(64)) }));
    expect(evidenceFault({ ...honest, commitments: forged }, door)).not.toBe(null);
  });
});
