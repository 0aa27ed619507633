/** What the snapshot of a state of many devices costs the core: `node packages/ledger/src/testing/snapshot-cost.ts [devices]`. */
import { BLOCK_FEED_REGISTRATIONS_MAX } from '@cairn/protocol';
import { genesisState } from '../ledger-state.ts';
import { restoreState } from '../restore-state.ts';
import { entriesOfChunk, takeSnapshot } from '../snapshot.ts';
import { genesisFixture, keyFor, registrationItem, reportItem, runBlock, T0 } from './fixtures.ts';

const deviceCount = Number(process.argv[2] ?? 10_000);
const REPORTS_PER_DEVICE = 10;
const REPORTS_PER_BLOCK = 10_000;
const genesis = genesisFixture();
const state = genesisState(genesis);
const devices = Array.from({ length: deviceCount }, (_, i) => keyFor(`device ${i}`));

let time = T0 - 1;
for (let from = 0; from < deviceCount; from += BLOCK_FEED_REGISTRATIONS_MAX) {
  const some = devices.slice(from, from + BLOCK_FEED_REGISTRATIONS_MAX);
  const items = some.map((device) => registrationItem({ device }));
  runBlock(state, items, { time: ++time });
}
for (let seq = 1; seq <= REPORTS_PER_DEVICE; seq++) {
  for (let from = 0; from < deviceCount; from += REPORTS_PER_BLOCK) {
    const some = devices.slice(from, from + REPORTS_PER_BLOCK);
    const items = some.map((device, i) => reportItem({ device, seq, observedAt: T0 + seq, values: [i % 500] }));
    time = Math.max(time, T0 + seq) + 1;
    runBlock(state, items, { time });
  }
}

const times: number[] = [];
let snapshot = takeSnapshot(state);
for (let i = 0; i < 9; i++) {
  const startedAt = performance.now();
  snapshot = takeSnapshot(state);
  times.push(performance.now() - startedAt);
}
times.sort((a, b) => a - b);
const bytes = snapshot.chunks.reduce((sum, chunk) => sum + chunk.bytes.length, 0);
const startedAt = performance.now();
restoreState(
  genesis,
  snapshot.chunks.flatMap((chunk) => entriesOfChunk(chunk.bytes)),
  snapshot.manifest,
);
const restoreMs = performance.now() - startedAt;
console.log(
  `${deviceCount} devices: ${snapshot.chunks.length} chunks, ${(bytes / 1e6).toFixed(1)} MB; taken in ` +
    `${times[4]?.toFixed(0)} ms (median of 9, worst ${times[8]?.toFixed(0)}); read back in ${restoreMs.toFixed(0)} ms`,
);
