import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CairnError } from '@cairn/primitives';
import { NodeStore } from '../node-store.ts';
import { ChainFixture } from './chain-fixture.ts';
import { findDamage } from './check-store.ts';

/**
 * Fills a small disk with blocks, frees some room, goes on, and opens the store again. Argument: a directory on that
 * disk. Prints one JSON object with what happened.
 */
const [disk] = process.argv.slice(2) as [string];
const dataDir = join(disk, 'data');
const filler = join(disk, 'filler');
mkdirSync(dataDir);
writeFileSync(filler, new Uint8Array(1024 * 1024));

const chain = new ChainFixture({ itemsPerBatch: 100 });
const options = { dataDir, genesis: chain.genesis, author: 1, checkpointPages: 64 };
let store = NodeStore.open(options);

const first = fill();
const damageWhenFull = findDamage(store, chain);
rmSync(filler);
const heightBefore = store.chain.tip().height;
const second = fill();
store.close();
store = NodeStore.open({ ...options, readOnly: true });
process.stdout.write(
  JSON.stringify({
    codes: [first, second],
    grewAfterRoom: store.chain.tip().height > heightBefore,
    heightBefore,
    damage: [...damageWhenFull, ...findDamage(store, chain)],
  }),
);

/** Appends until the disk refuses. @returns the code of the refusal, which must come again for the same block. */
function fill(): string {
  for (;;) {
    const height = store.chain.tip().height + 1;
    const commit = chain.growTo(height)[height - 1]!;
    const code = tryAppend(commit);
    if (code !== null) return code === tryAppend(commit) ? code : 'not the same again';
  }
}

function tryAppend(commit: ReturnType<ChainFixture['grow']>): string | null {
  try {
    store.append([{ kind: 'certified', commit }]);
    return null;
  } catch (error) {
    return (error as CairnError).code ?? String(error);
  }
}
