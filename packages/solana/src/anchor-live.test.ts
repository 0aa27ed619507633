// The submitter against the real embedded chain, through what an operator meets: an RPC that goes away, a chain that
// was started anew.
import { expect, it, onTestFinished } from 'vitest';
import { checkpoint, eventually, GROUP, note } from '../test/fixtures.ts';
import {
  type AnchorRecord,
  AnchorSubmitter,
  FeePayer,
  LocalChain,
  MemoryAnchorStore,
  RpcChainClient,
  verifyAnchor,
} from './index.ts';
import { PortForwarder } from './port-forwarder.ts';

it('anchors, catches up after the RPC was away, and again on a chain that forgot', async () => {
  let chain = await LocalChain.start({ slotTimeMs: 20 });
  onTestFinished(() => chain.stop());
  const target = () => Number(new URL(chain.rpcUrl).port);
  let way = await PortForwarder.start({ from: 0, to: target() });
  onTestFinished(() => way.stop());
  const rpcUrl = `http://127.0.0.1:${way.port}`;
  const { port } = way;
  const store = new MemoryAnchorStore();
  const client = new RpcChainClient({ rpcUrl });
  let failures = 0;
  const submitter = new AnchorSubmitter(
    {
      networkId: checkpoint().networkId,
      groupKey: GROUP.publicKey,
      intervalMs: 50,
      pollMs: 40,
      finalityPollMs: 100,
      resendMs: 500,
      backoffMsMin: 20,
      backoffMsMax: 100,
      airdropLamports: 1_000_000_000,
    },
    {
      client,
      store,
      feePayer: FeePayer.generate(),
      onEvent: (event) => {
        if (event.kind === 'rpc-failed') failures++;
      },
    },
  );
  onTestFinished(async () => {
    client.close();
    await submitter.stop();
  });
  await submitter.start();
  const anchored = (treeSize: number, chainId: string): Promise<AnchorRecord> =>
    eventually(async () =>
      [...store.records.values()].find(
        (record) => record.treeSize === treeSize && record.chain === chainId && record.status === 'finalized',
      ),
    );

  submitter.offer(note({ treeSize: 10 }));
  const first = await anchored(10, chain.chain);
  const claim = { rpcUrl, transaction: first.transaction, note: note({ treeSize: 10 }), groupKey: GROUP.publicKey };
  expect(await verifyAnchor({ ...claim, chain: first.chain })).toMatchObject({ slot: first.slot, treeSize: 10 });

  await way.stop();
  for (const treeSize of [11, 12, 13]) submitter.offer(note({ treeSize }));
  await eventually(async () => failures >= 3 || undefined);
  await expect(verifyAnchor(claim)).rejects.toMatchObject({ code: 'SOLANA_RPC_UNREACHABLE' });
  way = await PortForwarder.start({ from: port, to: target() });
  await anchored(13, chain.chain);
  expect([...store.records.values()].map((record) => record.treeSize)).toEqual([10, 13]);

  const before = chain.chain;
  await way.stop();
  await chain.stop();
  chain = await LocalChain.start({ slotTimeMs: 20 });
  expect(chain.chain).not.toBe(before);
  way = await PortForwarder.start({ from: port, to: target() });
  submitter.offer(note({ treeSize: 14 }));
  await anchored(14, chain.chain);
  expect(submitter.state).toMatchObject({ chain: chain.chain, latest: { treeSize: 14 } });
  await expect(verifyAnchor(claim)).rejects.toMatchObject({ code: 'SOLANA_TRANSACTION_UNKNOWN' });
  await expect(verifyAnchor({ ...claim, chain: before })).rejects.toMatchObject({ code: 'SOLANA_ANCHOR_MISMATCH' });
});
