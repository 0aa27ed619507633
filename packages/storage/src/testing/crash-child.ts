import { writeSync } from 'node:fs';
import { blockHash, encodeBlock } from '@cairn/protocol';
import { NodeStore } from '../node-store.ts';
import { ChainFixture } from './chain-fixture.ts';

/**
 * Writes blocks for ever and says after each append what is durable now, one line each: `batches h`, `prepared h`,
 * `certified h`. Its parent kills it somewhere. Arguments: data directory, seed of the chain.
 */
const [dataDir, seed] = process.argv.slice(2) as [string, string];
const chain = new ChainFixture({ seed: Number(seed), itemsPerBatch: 40, writesPerBlock: 20 });
// Folding the log after a few blocks, so that kills strike that work as well.
const store = NodeStore.open({ dataDir, genesis: chain.genesis, author: 1, checkpointPages: 64 });
chain.growTo(store.chain.tip().height);

for (;;) {
  const commit = chain.grow();
  const { height, certified, batches } = commit;
  store.append(batches.map((batch) => ({ kind: 'batch', batch, items: [] })));
  say('batches', height);
  const hash = blockHash(certified.block);
  // A restart may find that it has prepared this block already: then it says the same again.
  store.append([{ kind: 'prepared', height, view: 0, hash, block: encodeBlock(certified.block) }]);
  say('prepared', height);
  store.append([{ kind: 'certified', commit }]);
  say('certified', height);
}

function say(what: string, height: number): void {
  writeSync(1, `${what} ${height}\n`);
}
