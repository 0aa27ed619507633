// Against the real embedded chain, at 20 ms a slot.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkpoint, eventually, GROUP, note } from '../test/fixtures.ts';
import {
  buildAnchorTransaction,
  FeePayer,
  LocalChain,
  LocalChainChild,
  RpcChainClient,
  readAnchor,
  type TransactionId,
  verifyAnchor,
} from './index.ts';

describe('the embedded chain', () => {
  let chain: LocalChain;
  let client: RpcChainClient;
  const payer = FeePayer.generate();

  beforeAll(async () => {
    chain = await LocalChain.start({ slotTimeMs: 20 });
    client = new RpcChainClient({ rpcUrl: chain.rpcUrl });
    await chain.airdrop(payer.address, 1_000_000_000);
  });
  afterAll(() => chain.stop());

  async function anchor(input: Parameters<typeof checkpoint>[0] = {}): Promise<TransactionId> {
    const { blockhash } = await client.recentBlockhash();
    const options = { blockhash, computeUnitLimit: 100_000, computeUnitPriceMicroLamports: 1000 };
    const built = buildAnchorTransaction({ checkpoint: checkpoint(input), ...options }, payer);
    await client.send(built.bytes);
    await eventually(async () => (await client.statuses([built.transaction])).statuses[0] ?? undefined);
    return built.transaction;
  }

  it('listens on loopback only and names itself by its genesis hash', async () => {
    expect(new URL(chain.rpcUrl).hostname).toBe('127.0.0.1');
    expect(new URL(chain.wsUrl).hostname).toBe('127.0.0.1');
    expect(await client.chain()).toBe(chain.chain);
  });

  it('takes an anchor whose precompile and memo can be read back and verified', async () => {
    const before = await client.balance(payer.address);
    const transaction = await anchor({ treeSize: 42 });
    const reading = await readAnchor(client, transaction);
    expect(reading.noteText).toBe(note({ treeSize: 42 }));
    expect(reading.precompileVerified?.publicKey).toBe(GROUP.publicKey);
    expect(Math.abs((reading.blockTime ?? 0) - Date.now())).toBeLessThan(60_000);
    const claim = { rpcUrl: chain.rpcUrl, transaction, note: note({ treeSize: 42 }), groupKey: GROUP.publicKey };
    expect(await verifyAnchor(claim)).toMatchObject({ chain: chain.chain, treeSize: 42, isVerifiedOnChain: true });
    await expect(verifyAnchor({ ...claim, note: note({ treeSize: 43 }) })).rejects.toMatchObject({
      code: 'SOLANA_ANCHOR_MISMATCH',
    });
    expect(before - (await client.balance(payer.address))).toBe(10_100);
  });

  it('refuses a forged group signature before it is paid for', async () => {
    await expect(anchor({ treeSize: 43, isForged: true })).rejects.toMatchObject({ code: 'SOLANA_RPC_INVALID' });
  });

  it('runs as a process of its own, and ends when told', async () => {
    const child = await LocalChainChild.start({ slotTimeMs: 20 });
    expect(await new RpcChainClient({ rpcUrl: child.rpcUrl }).chain()).toBe(child.chain);
    await child.stop();
    expect(await child.exited).toBe(0);
    await expect(new RpcChainClient({ rpcUrl: child.rpcUrl }).chain()).rejects.toMatchObject({
      code: 'SOLANA_RPC_UNREACHABLE',
    });
  });

  it('starts again on the port asked for as another chain', async () => {
    // The runtime's genesis hash stands for the second in which it started.
    const second = Math.floor(Date.now() / 1000);
    await eventually(async () => Math.floor(Date.now() / 1000) > second || undefined);
    const port = Number(new URL(chain.rpcUrl).port);
    await chain.stop();
    const again = await LocalChain.start({ port, slotTimeMs: 20 });
    expect(again.rpcUrl).toBe(chain.rpcUrl);
    expect(await client.chain()).toBe(again.chain);
    expect(again.chain).not.toBe(chain.chain);
    await again.stop();
  });
});
