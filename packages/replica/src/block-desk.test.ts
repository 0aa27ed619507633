import { describe, expect, it } from 'vitest';
import { BatchPool, toPoolBatch } from './batch-pool.ts';
import { BlockDesk } from './block-desk.ts';
import { StepDraft } from './step-draft.ts';
import { CertifiedChain } from './testing/certified-chain.ts';

const SELF = 2;
const PROPOSER = 1;

/** A candidate of seven members, one of whose batches is not here. */
function waiting() {
  const network = new CertifiedChain({ memberCount: 7 });
  network.grow();
  const [here, missing] = [network.batch([network.report(0, 100)]), network.batch([network.report(1, 100)])];
  const { executed, certified } = network.certify([here, missing]);
  const pool = new BatchPool();
  const draft = new StepDraft();
  pool.add(toPoolBatch(here, network.chain.networkId));
  const desk = new BlockDesk(SELF, { chain: network.chain, pool, draft });
  const { block, hash } = executed;
  expect(desk.execute(block, [PROPOSER])).toEqual({ kind: 'waiting' });
  desk.wait({ hash, block, proposer: PROPOSER });
  draft.finish();
  const asked = () => {
    desk.fetchAgain();
    return draft.finish().send;
  };
  return { desk, asked, here, missing, certified };
}

describe('asking for a missing batch', () => {
  it('the proposer first, then everyone', () => {
    const { asked, missing } = waiting();
    expect(asked()).toEqual([{ kind: 'fetch-batches', from: [1, 0, 3, 4, 5, 6], ids: [missing.id] }]);
  });

  it('5.3: a member whose TimeoutVote names it is asked last, and not left out', () => {
    const { desk, asked, here, missing } = waiting();
    desk.noteLacking({ member: 1, missingBatches: [missing.id] });
    desk.noteLacking({ member: 4, missingBatches: [here.id, missing.id] });
    desk.noteLacking({ member: 3, missingBatches: [here.id] });
    expect(asked()).toMatchObject([{ from: [0, 3, 5, 6, 1, 4] }]);
    desk.noteLacking({ member: 4, missingBatches: [] });
    expect(asked(), 'it has it now').toMatchObject([{ from: [0, 3, 4, 5, 6, 1] }]);
  });

  it('what was said at one height is forgotten at the next', () => {
    const { desk, asked, missing, certified } = waiting();
    desk.noteLacking({ member: 1, missingBatches: [missing.id] });
    desk.clear();
    expect(asked()).toEqual([]);
    desk.certified = certified;
    expect(asked()).toMatchObject([{ from: [0, 1, 3, 4, 5, 6] }]);
  });
});
