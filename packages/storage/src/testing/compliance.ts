import { afterEach, beforeEach, describe } from 'vitest';
import { describeChain } from './compliance-chain.ts';
import { describeJournal } from './compliance-journal.ts';
import { describeProofs } from './compliance-proofs.ts';
import { describeVoting } from './compliance-voting.ts';
import { type StoreHarness, StoreUnderTest } from './store-under-test.ts';

/** What every NodeStorePort must do. Runs inside a vitest file of the implementation. */
export function describeNodeStore(name: string, harness: StoreHarness): void {
  describe(`${name} as a node store`, () => {
    const at = new StoreUnderTest(harness);
    beforeEach(() => at.begin());
    afterEach(() => at.destroy());
    describeJournal(at);
    describeVoting(at);
    describeChain(at);
    describeProofs(at);
  });
}
