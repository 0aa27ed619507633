import { sha256Hash } from '@cairn/crypto';
import { verifyConsistency, verifyInclusion } from '@cairn/merkle';
import { fromHex, ZERO_HASH } from '@cairn/primitives';
import { encodeFeedResult, type FeedResult } from '@cairn/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { refused, type StoreUnderTest } from './store-under-test.ts';

/** Proofs and attestations hold, also after pruning. */
export function describeProofs(at: StoreUnderTest): void {
  describe('proofs', () => {
    beforeEach(() => at.certify(13));

    it('of results and reports hold under the header', () => {
      for (const commit of at.chain.commits) {
        const { resultsRoot, reportsRoot } = commit.certified.block.header;
        commit.results.forEach((result, position) => {
          const { path: proof, ...place } = at.store.proofs.result({ height: commit.height, position })!;
          expect(verifyInclusion({ leaf: encodeFeedResult(result), ...place, proof, root: resultsRoot })).toBe(true);
        });
        commit.acceptedReports.forEach((id, reportIndex) => {
          const { path: proof, ...place } = at.store.proofs.report({ height: commit.height, reportIndex })!;
          expect(verifyInclusion({ leaf: fromHex(id), ...place, proof, root: reportsRoot })).toBe(true);
        });
      }
      expect(at.store.proofs.result({ height: 3, position: 2 })).toBeNull();
      expect(at.store.proofs.report({ height: 14, reportIndex: 0 })).toBeNull();
    });

    it('of headers and between any two sizes hold in the log', () => {
      for (let treeSize = 1; treeSize <= 14; treeSize++) {
        const root = at.store.proofs.logRoot(treeSize);
        if (treeSize > 1) expect(root, `size ${treeSize}`).toBe(at.chain.commits[treeSize - 2]!.logRoot);
        for (let height = 0; height < treeSize; height++) {
          const { path: proof, ...place } = at.store.proofs.header({ height, treeSize });
          expect(verifyInclusion({ leaf: at.store.chain.headerBytes(height)!, ...place, proof, root })).toBe(true);
          const firstRoot = at.store.proofs.logRoot(height);
          const sizes = { firstSize: height, secondSize: treeSize };
          const consistency = at.store.proofs.consistency(sizes);
          expect(verifyConsistency({ ...sizes, firstRoot, secondRoot: root, proof: consistency })).toBe(true);
        }
      }
    });

    it('beyond the chain are refused', () => {
      const outOfRange = refused('STORAGE_HEIGHT_OUT_OF_RANGE');
      expect(() => at.store.proofs.header({ height: 3, treeSize: 15 })).toThrow(outOfRange);
      expect(() => at.store.proofs.header({ height: 9, treeSize: 9 })).toThrow(outOfRange);
      expect(() => at.store.proofs.header({ height: -1, treeSize: 9 })).toThrow(outOfRange);
      expect(() => at.store.proofs.consistency({ firstSize: 5, secondSize: 4 })).toThrow(outOfRange);
      expect(() => at.store.proofs.logRoot(1.5)).toThrow(outOfRange);
    });

    it('make attestations of results and of reports', () => {
      const commit = at.chain.commits[4]!;
      const result = commit.results[1] as FeedResult;
      const attestation = at.store.attestations.forResult(result)!;
      expect(attestation).toMatchObject({ version: 1, networkId: at.chain.networkId, checkpoint: commit.note });
      expect(attestation.subject).toEqual({ kind: 'result', result });
      expect(sha256Hash(attestation.header)).toBe(commit.blockHash);
      expect(attestation.anchor).toBeNull();

      const id = commit.acceptedReports[3]!;
      const ofReport = at.store.attestations.forReport(id)!;
      expect(ofReport.subject.kind === 'report' && sha256Hash(ofReport.subject.report)).toBe(id);
      expect(ofReport.inclusion).toMatchObject({ index: 3, size: commit.acceptedReports.length });
      expect(at.store.attestations.forReport(ZERO_HASH)).toBeNull();
      expect(at.store.attestations.forResult({ ...result, feed: 'water' })).toBeNull();
    });
  });

  describe('pruning', () => {
    it('takes blocks, batches and fates, and leaves headers, notes, results and the log', () => {
      at.certify(8);
      expect(at.store.prune({ keepFromHeight: 6, blocksMax: 3 })).toEqual({ blocks: 3, prunedBelow: 4 });
      expect(at.store.prune({ keepFromHeight: 6, blocksMax: 99 })).toEqual({ blocks: 2, prunedBelow: 6 });
      expect(at.store.prune({ keepFromHeight: 6, blocksMax: 99 })).toEqual({ blocks: 0, prunedBelow: 6 });
      at.reopen();
      const gone = at.chain.commits[3]!;
      expect(at.store.chain.prunedBelow()).toBe(6);
      expect(at.store.chain.certifiedBlock(4)).toBeNull();
      expect(at.store.chain.batch(gone.batches[0]!.id)).toBeNull();
      expect(at.store.chain.receipts(4)).toBeNull();
      expect(at.store.fate(gone.acceptedReports[0]!)).toBeNull();
      expect(at.store.attestations.forReport(gone.acceptedReports[0]!)).toBeNull();
      expect(at.store.chain.header(4)).toEqual(gone.certified.block.header);
      expect(at.store.attestations.forResult(gone.results[0]!)).not.toBeNull();
      at.store.proofs.header({ height: 2, treeSize: 9 });
      expect(at.store.chain.certifiedRange({ fromHeight: 5, toHeight: 9, bytesMax: 9999 })).toEqual([]);
      expect(at.store.chain.certifiedBlock(6)).toEqual(at.chain.commits[5]!.certified);
      expect(at.store.attestations.forReport(at.chain.commits[5]!.acceptedReports[0]!)).not.toBeNull();
    });

    it('never takes the tip', () => {
      at.certify(3);
      expect(at.store.prune({ keepFromHeight: 99, blocksMax: 99 })).toEqual({ blocks: 2, prunedBelow: 3 });
      expect(at.reopen().tip?.blockHash).toBe(at.chain.commits[2]!.blockHash);
      at.certify(4);
    });
  });
}
