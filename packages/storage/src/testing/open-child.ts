import type { CairnError } from '@cairn/primitives';
import { NodeStore } from '../node-store.ts';
import { fixtureGenesis } from './chain-fixture.ts';

/** Opens a store, prints `opened` or the code of the refusal, and ends. Arguments: data directory, how to end. */
const [dataDir, endBy] = process.argv.slice(2) as [string, 'exit' | 'SIGKILL'];
try {
  NodeStore.open({ dataDir, genesis: fixtureGenesis(), author: 1 });
  process.stdout.write('opened');
} catch (error) {
  process.stdout.write((error as CairnError).code);
}
if (endBy === 'SIGKILL') process.kill(process.pid, 'SIGKILL');
