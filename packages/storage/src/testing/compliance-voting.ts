import { ZERO_HASH } from '@cairn/primitives';
import { decodeBlock, type TimeoutVote, type UnsignedMessage } from '@cairn/protocol';
import type { JournalEntry } from '@cairn/replica';
import { describe, expect, it } from 'vitest';
import { AUTHOR, refused, type StoreUnderTest } from './store-under-test.ts';

/** No vote of this member is forgotten, overwritten or contradicted. */
export function describeVoting(at: StoreUnderTest): void {
  describe('voting record', () => {
    const timeoutVote = (view: number, highView: number): UnsignedMessage<TimeoutVote> => ({
      kind: 'timeout-vote',
      ...{ epoch: 0, height: 1, view, highView, highHash: ZERO_HASH, member: AUTHOR },
      highCertificate: highView < 0 ? null : at.chain.certificate(ZERO_HASH, highView),
      entry: null,
      missingBatches: [],
    });
    const timedOut = (view: number, highView = -1): JournalEntry => ({
      kind: 'timed-out',
      height: 1,
      view,
      vote: timeoutVote(view, highView),
    });

    it('gives back what was written for the height above the tip', () => {
      const [proposed, prepared] = [at.chain.candidate(0), at.chain.candidate(2)];
      const certificate = at.chain.certificate(proposed.hash, 1);
      const vote = timeoutVote(1, 1);
      const entry = { kind: 'prepare', certificate } as const;
      at.store.append([
        { kind: 'proposed', height: 1, view: 0, block: proposed.block },
        { kind: 'high-certificate', height: 1, certificate },
        { kind: 'timed-out', height: 1, view: 1, vote },
        { kind: 'entered', height: 1, view: 2, entry },
        { kind: 'prepared', height: 1, ...prepared },
      ]);
      expect(at.reopen().voting).toEqual({
        entered: { view: 2, entry },
        proposed: [{ view: 0, block: proposed.block }],
        prepared,
        highCertificate: certificate,
        timedOut: { view: 1, vote },
      });
      expect(at.store.candidate(proposed.hash)).toEqual(decodeBlock(proposed.block));
      expect(at.store.candidate(prepared.hash)).toEqual(decodeBlock(prepared.block));
    });

    it('never lets an older view overwrite a newer one', () => {
      const certificates = [5, 3].map((view) => at.chain.certificate(ZERO_HASH, view));
      for (const certificate of certificates) {
        const entry = { kind: 'prepare', certificate } as const;
        at.store.append([
          { kind: 'high-certificate', height: 1, certificate },
          { kind: 'entered', height: 1, view: certificate.view, entry },
          timedOut(certificate.view),
        ]);
      }
      const { voting } = at.reopen();
      expect(voting.highCertificate).toEqual(certificates[0]);
      expect(voting.entered?.view).toBe(5);
      expect(voting.timedOut?.view).toBe(5);
    });

    it('of one view keeps the timeout vote with the higher certificate', () => {
      at.store.append([timedOut(4, -1)]);
      at.store.append([timedOut(4, 2)]);
      at.store.append([timedOut(4, 1)]);
      expect(at.reopen().voting.timedOut?.vote.highView).toBe(2);
    });

    it('refuses a second proposal of one view, also after a restart', () => {
      const [first, second] = [at.chain.candidate(0), at.chain.candidate(0)];
      at.store.append([{ kind: 'proposed', height: 1, view: 0, block: first.block }]);
      at.store.append([{ kind: 'proposed', height: 1, view: 0, block: first.block }]);
      at.reopen();
      const again: JournalEntry = { kind: 'proposed', height: 1, view: 0, block: second.block };
      expect(() => at.store.append([again])).toThrow(refused('STORAGE_EQUIVOCATION_INVALID'));
      at.store.append([{ ...again, view: 4 }]);
      expect(at.store.restore().voting.proposed.map(({ view }) => view)).toEqual([0, 4]);
    });

    it('refuses to prepare two blocks in one view, or in a view below an earlier one', () => {
      const [first, second] = [at.chain.candidate(2), at.chain.candidate(2)];
      at.store.append([{ kind: 'prepared', height: 1, ...first }]);
      at.store.append([{ kind: 'prepared', height: 1, ...first }]);
      at.reopen();
      for (const entry of [second, { ...second, view: 1 }, { ...first, view: 1 }]) {
        const append = () => at.store.append([{ kind: 'prepared', height: 1, ...entry }]);
        expect(append, `view ${entry.view}`).toThrow(refused('STORAGE_EQUIVOCATION_INVALID'));
      }
      at.store.append([{ kind: 'prepared', height: 1, ...second, view: 3 }]);
      expect(at.store.restore().voting.prepared).toEqual({ ...second, view: 3 });
      expect(at.store.candidate(first.hash)).not.toBeNull();
    });

    it('refuses to prepare in a view that timed out, or in an earlier one', () => {
      at.store.append([timedOut(2)]);
      at.reopen();
      for (const view of [1, 2]) {
        const append = () => at.store.append([{ kind: 'prepared', height: 1, ...at.chain.candidate(view) }]);
        expect(append, `view ${view}`).toThrow(refused('STORAGE_EQUIVOCATION_INVALID'));
      }
      at.store.append([{ kind: 'prepared', height: 1, ...at.chain.candidate(3) }]);
    });

    it('refuses the same contradiction inside one call, and keeps nothing of it', () => {
      const entries: JournalEntry[] = [timedOut(2), { kind: 'prepared', height: 1, ...at.chain.candidate(2) }];
      expect(() => at.store.append(entries)).toThrow(refused('STORAGE_EQUIVOCATION_INVALID'));
      expect(at.store.restore().voting.timedOut).toBeNull();
    });

    it('ends with the height: of certified ones nothing is kept and no vote is taken', () => {
      const candidate = at.chain.candidate();
      at.store.append([{ kind: 'prepared', height: 1, ...candidate }, timedOut(0)]);
      at.certify(1);
      const { voting } = at.reopen();
      expect(voting).toEqual({
        entered: null,
        proposed: [],
        prepared: null,
        highCertificate: null,
        timedOut: null,
      });
      expect(at.store.candidate(candidate.hash)).toBeNull();
      at.store.append([timedOut(1)]);
      expect(at.store.restore().voting.timedOut).toBeNull();
      for (const height of [1, 3]) {
        const append = () => at.store.append([{ kind: 'prepared', height, ...candidate }]);
        expect(append, `height ${height}`).toThrow(refused('STORAGE_HEIGHT_INVALID'));
      }
    });
  });
}
