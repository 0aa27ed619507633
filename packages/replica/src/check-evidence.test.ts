import { type Hash, toPublicKey, toSignature } from '@cairn/primitives';
import { decodeEvidence, encodeEvidence } from '@cairn/protocol';
import { describe, expect, it } from 'vitest';
import { evidenceFault } from './check-evidence.ts';
import { EvidenceCourt } from './testing/evidence-court.ts';

const court = new EvidenceCourt();
const { door } = court;
const share = (isSpoilt: boolean) => court.share(isSpoilt);

describe('evidence (5.6)', () => {
  it.each([
    ['two proposals', court.doubleProposal()],
    ['two prepare votes', court.doublePrepare()],
    ['two batches of one seq', court.doubleBatch()],
    ['an invalid share', share(true)],
  ] as const)('%s convict, also after a trip through bytes', (_, evidence) => {
    expect(evidenceFault(evidence, door)).toBe(null);
    expect(evidenceFault(decodeEvidence(encodeEvidence(evidence)), door)).toBe(null);
  });

  it('a valid share convicts nobody', () => {
    expect(evidenceFault(share(false), door)).toBe('the share is valid');
  });

  it('nobody is convicted by what another signed, by one message twice, or by messages of two views', () => {
    expect(evidenceFault(court.doublePrepare(1), door)).toMatch(/did not sign/);
    const twice = court.doubleProposal();
    expect(evidenceFault({ ...twice, second: twice.first }, door)).toMatch(/two different/);
    expect(evidenceFault({ ...twice, view: 2 }, door)).toMatch(/did not sign/);
    expect(evidenceFault({ ...twice, kind: 'double-prepare' }, door)).toMatch(/did not sign/);
    expect(evidenceFault({ ...court.doubleBatch(), seq: 10 }, door)).toMatch(/did not sign/);
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
