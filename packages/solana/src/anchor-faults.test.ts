// Goal: whatever fails and when, what expired never lands, nothing lands twice, the newest is anchored in the end.
// Method: seeded faults of chain, RPC and process in virtual time. CAIRN_SEEDS=300 runs more of them.
import { Rng } from '@cairn/primitives';
import { expect, it } from 'vitest';
import { checkpoint, GROUP, note } from '../test/fixtures.ts';
import { ScriptedChain, VirtualClock } from '../test/scripted-chain.ts';
import { AnchorSubmitter, FeePayer, isAnchored, MemoryAnchorStore } from './index.ts';

const SEEDS = Number(process.env.CAIRN_SEEDS ?? 10);
const { networkId } = checkpoint();

async function runSeed(seed: number) {
  const rng = new Rng(seed);
  const clock = new VirtualClock();
  const chain = new ScriptedChain(clock.nowMs);
  const store = new MemoryAnchorStore();
  const feePayer = FeePayer.generate();
  const start = async () => {
    const options = { networkId, groupKey: GROUP.publicKey, intervalMs: 30_000 };
    const submitter = new AnchorSubmitter(options, { client: chain, store, feePayer, clock });
    await submitter.start();
    return submitter;
  };
  chain.fate = () => (rng.chance(0.5) ? undefined : rng.integer(1, 200));
  chain.onSend = () => {
    if (rng.chance(0.1)) queueMicrotask(() => goDown(chain));
  };
  let submitter = await start();
  for (let treeSize = 1; treeSize <= 30; treeSize++) {
    submitter.offer(note({ treeSize }));
    await clock.run(rng.integer(1, 90_000));
    chain.isDown = rng.chance(0.3);
    if (rng.chance(0.3)) {
      await submitter.stop();
      submitter = await start();
    }
  }
  chain.isDown = false;
  chain.onSend = () => {};
  chain.fate = () => 1;
  submitter.offer(note({ treeSize: 31 }));
  await clock.run(600_000);
  await submitter.stop();
  return { landed: [...chain.landed.keys()], records: [...store.records.values()] };
}

function goDown(chain: ScriptedChain): void {
  chain.isDown = true;
}

it('random faults', async () => {
  let expired = 0;
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { landed, records } = await runSeed(seed);
    const anchored = records.filter(isAnchored);
    // Whatever landed is known as anchored, and nothing else is: so nothing that was given up ever landed.
    expect(landed.sort(), `seed ${seed}`).toEqual(anchored.map((record) => record.transaction).sort());
    const sizes = anchored.map((record) => record.treeSize);
    expect(new Set(sizes).size, `seed ${seed}`).toBe(sizes.length);
    expect(Math.max(...sizes), `seed ${seed}`).toBe(31);
    expired += records.filter((record) => record.status === 'expired').length;
  }
  expect(expired, 'the faults bite').toBeGreaterThan(SEEDS);
}, 600_000);
