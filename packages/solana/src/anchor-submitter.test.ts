// Goal: one payment per anchored checkpoint, and the newest anchored in the end, whatever the chain does.
// Method: the real machine and host over a scripted chain, in virtual time.
import type { NetworkId } from '@cairn/primitives';
import { beforeEach, describe, expect, it } from 'vitest';
import { checkpoint, GROUP, note } from '../test/fixtures.ts';
import { ScriptedChain, VirtualClock } from '../test/scripted-chain.ts';
import {
  type AnchorRecord,
  AnchorSubmitter,
  type AnchorSubmitterEvent,
  type AnchorSubmitterOptions,
  FeePayer,
  isAnchored,
  MemoryAnchorStore,
} from './index.ts';

const NETWORK_ID: NetworkId = checkpoint().networkId;
const MINUTE = 60_000;

let clock: VirtualClock;
let chain: ScriptedChain;
let store: MemoryAnchorStore;
let feePayer: FeePayer;
let events: AnchorSubmitterEvent[];

beforeEach(() => {
  clock = new VirtualClock();
  chain = new ScriptedChain(clock.nowMs);
  store = new MemoryAnchorStore();
  feePayer = FeePayer.generate();
  events = [];
});

async function start(options: Partial<AnchorSubmitterOptions> = {}): Promise<AnchorSubmitter> {
  const submitter = new AnchorSubmitter(
    { networkId: NETWORK_ID, groupKey: GROUP.publicKey, ...options },
    { client: chain, store, feePayer, clock, onEvent: (event) => events.push(event) },
  );
  await submitter.start();
  return submitter;
}

function records(): readonly AnchorRecord[] {
  return [...store.records.values()];
}

function anchoredSizes(): readonly number[] {
  return records()
    .filter(isAnchored)
    .map((record) => record.treeSize);
}

function eventsOf<K extends AnchorSubmitterEvent['kind']>(kind: K): Extract<AnchorSubmitterEvent, { kind: K }>[] {
  return events.filter((event): event is Extract<AnchorSubmitterEvent, { kind: K }> => event.kind === kind);
}

describe('when all is well', () => {
  it('anchors the newest checkpoint at most once an interval, and only if the tree grew', async () => {
    const submitter = await start({ intervalMs: MINUTE });
    submitter.offer(note({ treeSize: 1 }));
    await clock.run(5000);
    expect(anchoredSizes()).toEqual([1]);
    for (const treeSize of [2, 3, 4]) submitter.offer(note({ treeSize }));
    await clock.run(50_000);
    expect(anchoredSizes()).toEqual([1]);
    await clock.run(10_000);
    expect(anchoredSizes()).toEqual([1, 4]);
    submitter.offer(note({ treeSize: 3 }));
    await clock.run(10 * MINUTE);
    expect(anchoredSizes()).toEqual([1, 4]);
    expect(chain.landed.size).toBe(2);
    expect(records().map((record) => record.status)).toEqual(['finalized', 'finalized']);
    expect(submitter.state).toMatchObject({ phase: 'idle', latest: { treeSize: 4 }, submitted: null });
  });

  it('records slot and block time, and goes quiet: no timer is left once all is final', async () => {
    const submitter = await start();
    submitter.offer(note({ treeSize: 9 }));
    await clock.run(MINUTE);
    const [record] = records();
    const landed = [...chain.landed.values()][0];
    expect(record).toMatchObject({ slot: landed?.slot, chain: await chain.chain(), transactionBase64: '' });
    expect(record?.blockTime).toBe(await chain.blockTimeMs(landed?.slot ?? 0));
    const { length } = events;
    await clock.run(60 * MINUTE);
    expect(events.length).toBe(length);
  });

  it('refuses junk before it costs anything', async () => {
    const submitter = await start();
    expect(() => submitter.offer(note({ isForged: true }))).toThrow('does not verify');
    expect(() => submitter.offer('junk')).toThrow('not a Cairn checkpoint note');
    await clock.run(MINUTE);
    expect(chain.sends).toEqual([]);
  });
});

describe('when the RPC is down', () => {
  it('backs off, and catches up with the newest checkpoint alone', async () => {
    const submitter = await start({ intervalMs: 10_000 });
    chain.isDown = true;
    for (let treeSize = 1; treeSize <= 60; treeSize++) {
      submitter.offer(note({ treeSize }));
      await clock.run(MINUTE);
    }
    expect(submitter.state).toMatchObject({ phase: 'retrying', lastFailure: 'SOLANA_RPC_UNREACHABLE' });
    // An hour at one try a minute, after the first few.
    expect(eventsOf('rpc-failed').length).toBeLessThan(70);
    chain.isDown = false;
    await clock.run(2 * MINUTE);
    expect(anchoredSizes()).toEqual([60]);
    expect(chain.landed.size).toBe(1);
  });

  it('does not know whether a send took effect, so looks before it builds another', async () => {
    const submitter = await start();
    chain.onSend = () => {
      // The node takes the transaction; its answer is lost, and so is all that follows for three minutes.
      if (chain.sends.length > 1) return;
      queueMicrotask(() => {
        chain.isDown = true;
      });
    };
    submitter.offer(note({ treeSize: 5 }));
    await clock.run(3 * MINUTE);
    chain.isDown = false;
    await clock.run(3 * MINUTE);
    expect(anchoredSizes()).toEqual([5]);
    expect(chain.landed.size).toBe(1);
    expect(records().length).toBe(1);
  });
});

describe('when transactions do not land', () => {
  it('offers the same bytes again until they expire, then builds another with a fresh blockhash at a higher price', async () => {
    const submitter = await start();
    chain.fate = () => undefined;
    submitter.offer(note({ treeSize: 5 }));
    await clock.run(50_000);
    expect(new Set(chain.sends).size).toBe(1);
    expect(chain.sends.length).toBeGreaterThan(5);
    await clock.run(5 * MINUTE);
    chain.fate = () => 1;
    await clock.run(3 * MINUTE);
    expect(chain.landed.size).toBe(1);
    const all = records();
    expect(all.at(-1)).toMatchObject({ status: 'finalized', attempt: all.length });
    expect(all.slice(0, -1).every((record) => record.status === 'expired')).toBe(true);
    const fees = all.map((record) => record.feeLamports);
    expect(fees).toEqual([...fees].sort((a, b) => a - b));
    expect(fees[1]).toBeGreaterThan(fees[0] as number);
    expect(submitter.state?.phase).toBe('idle');
  });

  it('does not pay twice for what landed late, after its last valid height had passed', async () => {
    const submitter = await start();
    chain.fate = () => (chain.sends.length === 1 ? 148 : undefined);
    submitter.offer(note({ treeSize: 5 }));
    await clock.run(10_000);
    chain.isDown = true;
    await clock.run(5 * MINUTE);
    chain.isDown = false;
    await clock.run(5 * MINUTE);
    expect(records()).toMatchObject([{ status: 'finalized', treeSize: 5, attempt: 1 }]);
    expect(chain.landed.size).toBe(1);
  });

  it('does not take the silence of an RPC that lags behind for an expiry', async () => {
    const submitter = await start();
    const { statuses } = chain;
    // One node behind the balancer tells the head, another the statuses, as of an old slot.
    chain.statuses = async (transactions) => ({ slot: 3, statuses: transactions.map(() => null) });
    submitter.offer(note({ treeSize: 5 }));
    await clock.run(10 * MINUTE);
    expect(records()).toMatchObject([{ status: 'submitted' }]);
    chain.statuses = statuses;
    await clock.run(MINUTE);
    expect(records()).toMatchObject([{ status: 'finalized' }]);
    expect(chain.landed.size).toBe(1);
  });

  it('anchors again what a fork took back', async () => {
    const submitter = await start();
    submitter.offer(note({ treeSize: 5 }));
    await clock.run(3000);
    expect(records()).toMatchObject([{ status: 'confirmed' }]);
    chain.drop([...chain.landed.keys()][0] as string);
    await clock.run(5 * MINUTE);
    expect(records().map((record) => record.status)).toEqual(['dropped', 'finalized']);
  });
});

describe('when the process dies', () => {
  it('between saving and sending: sends the saved bytes', async () => {
    const { save } = store;
    const first = await start();
    store.save = async (record) => {
      await save.call(store, record);
      void first.stop();
    };
    first.offer(note({ treeSize: 5 }));
    await clock.run(5000);
    expect(chain.sends).toEqual([]);
    expect(records()).toMatchObject([{ status: 'submitted' }]);
    store.save = save;
    await start();
    await clock.run(MINUTE);
    expect(records()).toMatchObject([{ status: 'finalized' }]);
    expect(chain.landed.size).toBe(1);
  });

  it('between sending and confirming: finds the transaction and pays no more', async () => {
    const first = await start();
    chain.onSend = () => void first.stop();
    first.offer(note({ treeSize: 5 }));
    await clock.run(MINUTE);
    expect(records()).toMatchObject([{ status: 'submitted' }]);
    chain.onSend = () => {};
    const second = await start();
    second.offer(note({ treeSize: 5 }));
    await clock.run(10 * MINUTE);
    expect(records()).toMatchObject([{ status: 'finalized' }]);
    expect(chain.landed.size).toBe(1);
    expect(chain.sends.length).toBe(1);
  });

  it('keeps the interval across the restart', async () => {
    const first = await start({ intervalMs: 10 * MINUTE });
    first.offer(note({ treeSize: 5 }));
    await clock.run(MINUTE);
    await first.stop();
    const second = await start({ intervalMs: 10 * MINUTE });
    second.offer(note({ treeSize: 6 }));
    await clock.run(5 * MINUTE);
    expect(anchoredSizes()).toEqual([5]);
    await clock.run(5 * MINUTE);
    expect(anchoredSizes()).toEqual([5, 6]);
  });
});

describe('when the chain is another one', () => {
  it('anchors the newest checkpoint again on a chain that forgot, and keeps the old records', async () => {
    const submitter = await start({ intervalMs: 10_000 });
    submitter.offer(note({ treeSize: 5 }));
    await clock.run(MINUTE);
    const before = await chain.chain();
    chain.startAnew();
    submitter.offer(note({ treeSize: 6 }));
    await clock.run(MINUTE);
    expect(records().map(({ treeSize, status }) => [treeSize, status])).toEqual([
      [5, 'finalized'],
      [6, 'finalized'],
    ]);
    expect(records()[0]?.chain).toBe(before);
    expect(submitter.state).toMatchObject({ chain: await chain.chain(), latest: { treeSize: 6 } });
  });

  it('after a restart: the same checkpoint is anchored on the new chain at once', async () => {
    const first = await start();
    first.offer(note({ treeSize: 5 }));
    await clock.run(MINUTE);
    await first.stop();
    chain.startAnew();
    const second = await start();
    second.offer(note({ treeSize: 5 }));
    await clock.run(MINUTE);
    expect(anchoredSizes()).toEqual([5, 5]);
    expect(new Set(records().map((record) => record.chain)).size).toBe(2);
  });

  it('in the middle of confirming: the transaction of the old chain is left alone', async () => {
    const submitter = await start();
    chain.fate = () => undefined;
    submitter.offer(note({ treeSize: 5 }));
    await clock.run(5000);
    chain.startAnew();
    chain.fate = () => 1;
    await clock.run(MINUTE);
    expect(records().map((record) => record.status)).toEqual(['submitted', 'finalized']);
  });
});

describe('fees', () => {
  it('follows the market up to the cap, and says so', async () => {
    const submitter = await start({ feeLamportsMax: 50_000 });
    chain.recentPrice = 1e9;
    submitter.offer(note({ treeSize: 5 }));
    await clock.run(MINUTE);
    expect(records()).toMatchObject([{ status: 'finalized', feeLamports: 50_000 }]);
    expect(eventsOf('fee-capped').length).toBe(1);
  });

  it('waits for money, and anchors when it comes', async () => {
    const submitter = await start();
    chain.balanceLamports = 9_999;
    submitter.offer(note({ treeSize: 5 }));
    await clock.run(10 * MINUTE);
    expect(chain.sends).toEqual([]);
    expect(submitter.state).toMatchObject({ balanceLamports: 9_999, lastFailure: 'SOLANA_BALANCE_MISSING' });
    chain.balanceLamports = 1_000_000;
    await clock.run(2 * MINUTE);
    expect(anchoredSizes()).toEqual([5]);
  });

  it('asks the faucet of a test chain when told to', async () => {
    const submitter = await start({ airdropLamports: 1_000_000 });
    chain.balanceLamports = 0;
    submitter.offer(note({ treeSize: 5 }));
    await clock.run(MINUTE);
    expect(anchoredSizes()).toEqual([5]);
  });
});

it('keeps trying to save before it sends', async () => {
  const { save } = store;
  const submitter = await start();
  store.save = async () => {
    throw new Error('disk full');
  };
  submitter.offer(note({ treeSize: 5 }));
  await clock.run(MINUTE);
  expect(chain.sends).toEqual([]);
  expect(eventsOf('store-failed').length).toBeGreaterThan(10);
  store.save = save;
  await clock.run(MINUTE);
  expect(anchoredSizes()).toEqual([5]);
});
