import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NodeStore } from './node-store.ts';
import { ChainFixture } from './testing/chain-fixture.ts';

describe('slice', () => {
  it('works', () => {
    const chain = new ChainFixture();
    const dataDir = mkdtempSync(join(tmpdir(), 'cairn-'));
    const options = { dataDir, genesis: chain.genesis, author: 1 };
    const store = NodeStore.open(options);
    chain.growTo(20);
    for (const commit of chain.commits) store.append([{ kind: 'certified', commit }]);
    const c = chain.commits[4]!;
    expect(store.chain.certifiedBlock(5)).toEqual(c.certified);
    expect(store.chain.batch(c.batches[0]!.id)).toEqual(c.batches[0]);
    expect(store.attestations.forReport(c.acceptedReports[2]!)).not.toBe(null);
    expect(store.attestations.forResult(c.results[1]!)).not.toBe(null);
    store.proofs.consistency({ firstSize: 3, secondSize: 20 });
    store.close();
    const again = NodeStore.open(options);
    expect(again.restore().tip?.certified).toEqual(chain.commits[19]!.certified);
    expect(again.chain.certifiedRange({ fromHeight: 3, toHeight: 9, bytesMax: 1e6 }).length).toBe(7);
    again.close();
  });
});
