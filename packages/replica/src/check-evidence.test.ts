import { type Hash, toPublicKey, toSignature } from '@cairn/primitives';
import { type BatchItem, decodeEvidence, type Evidence, encodeEvidence, SHOWN_ITEM_BYTES_MAX } from '@cairn/protocol';
import { describe, expect, it } from 'vitest';
import { authenticateBatch } from './authenticate-batch.ts';
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
    ['a batch with an item that does not decode', court.invalidBatch()],
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

describe('an invalid batch', () => {
  const evidenceItem = (evidence: Evidence): BatchItem => ({ kind: 'evidence', bytes: encodeEvidence(evidence) });
  const noise = (length: number): BatchItem => ({ kind: 'report', bytes: new Uint8Array(length).fill(7) });
  const refusal = (...args: Parameters<typeof court.batch>) => {
    const result = authenticateBatch(court.batch(...args), door);
    if (result.ok) throw new Error('it is valid');
    if (result.evidence !== null) expect(evidenceFault(result.evidence, door), 'who accuses can prove it').toBe(null);
    return result;
  };
  const valid = evidenceItem(court.doublePrepare());

  it('convicts its author by the item alone, wherever it stands', () => {
    for (const index of [0, 1, 4]) {
      const items = [valid, valid, valid, valid, valid].with(index, noise(3));
      expect(refusal(items).evidence).toMatchObject({ member: 1, index, itemCount: 5 });
    }
  });

  it('convicts of slander, of an epoch that is not that of the base height, and of a kind without a rule', () => {
    expect(refusal([valid, evidenceItem(court.doublePrepare(1))]).evidence).toMatchObject({ index: 1 });
    expect(refusal([valid], { epoch: 1 }).evidence).toMatchObject({ index: 0, epoch: 1 });
    expect(refusal([{ kind: 'governance', bytes: Uint8Array.of(1) }]).evidence).toMatchObject({ index: 0 });
  });

  it('convicts nobody when its author did not sign it, or when no item can be shown', () => {
    expect(refusal([noise(3)], { author: 2 }).evidence).toBe(null);
    expect(refusal([noise(SHOWN_ITEM_BYTES_MAX + 1)]).evidence).toBe(null);
    // False evidence of an invalid batch is refused, and judged no further.
    const slander = { ...court.invalidBatch(), itemsRoot: 'cc'.repeat(32) as Hash };
    expect(refusal([evidenceItem(slander)]).evidence).toBe(null);
  });

  it('convicts by nothing but what stands in it', () => {
    const evidence = court.invalidBatch();
    const fault = (change: Partial<typeof evidence>) => evidenceFault({ ...evidence, ...change }, door);
    expect(fault({ item: noise(9) })).toMatch(/not in the batch/);
    expect(fault({ index: 0 })).toMatch(/not in the batch/);
    expect(fault({ path: [] })).toMatch(/not in the batch/);
    for (const change of [{ seq: 10 }, { baseHeight: 4 }, { epoch: 1 }, { itemCount: 4 }, { member: 2 }]) {
      expect(fault(change)).toMatch(/did not sign/);
    }
    const honest = authenticateBatch(court.batch([valid]), door);
    expect(honest.ok).toBe(true);
    const [item] = honest.ok ? honest.batch.items : [];
    expect(fault({ item: item as BatchItem, index: 0 }), 'a valid item').toMatch(/item is valid|not in the batch/);
  });

  it('an item that is valid convicts nobody, though all else holds', () => {
    const result = refusal([valid, noise(3)]);
    const shown = { ...(result.evidence as NonNullable<typeof result.evidence>), index: 0, item: valid };
    const leaf = court.pathOf([valid, noise(3)], 0);
    expect(evidenceFault({ ...shown, path: leaf }, door)).toBe('the item is valid');
  });
});
