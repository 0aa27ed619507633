// Goal: an RPC that lies about an anchor is found out. Method: a client that answers with crafted transactions.
import { keyPairFromSeed } from '@cairn/crypto';
import { utf8 } from '@cairn/primitives';
import { PublicKey as Address, Transaction, TransactionInstruction } from '@solana/web3.js';
import { describe, expect, it } from 'vitest';
import { checkpoint, GROUP, note } from '../test/fixtures.ts';
import { ScriptedChain } from '../test/scripted-chain.ts';
import {
  buildAnchorTransaction,
  type ChainTransaction,
  FeePayer,
  MEMO_PROGRAM,
  toBase58,
  verifyAnchorOn,
} from './index.ts';

const blockhash = 'GfVcyD4kkTrj4bKc7WA9sZCin9JDbdT4Zkd3EittNR1W';
const payer = FeePayer.generate();

function built(input: Parameters<typeof checkpoint>[0] = {}) {
  const options = { blockhash, computeUnitLimit: 100_000, computeUnitPriceMicroLamports: 1 };
  return buildAnchorTransaction({ checkpoint: checkpoint(input), ...options }, payer);
}

function memoTransaction(memos: readonly string[]) {
  const transaction = new Transaction();
  for (const memo of memos) {
    const programId = new Address(MEMO_PROGRAM);
    transaction.add(new TransactionInstruction({ programId, keys: [], data: Buffer.from(utf8(memo)) }));
  }
  transaction.recentBlockhash = blockhash;
  transaction.feePayer = new Address(payer.address);
  const signature = payer.sign(transaction.serializeMessage());
  transaction.addSignature(transaction.feePayer, Buffer.from(signature));
  const bytes = Uint8Array.from(transaction.serialize({ verifySignatures: false }));
  return { transaction: toBase58(signature), bytes };
}

/** Verifies the claim of tree size 7 against an RPC that answers so. */
function verify(answer: { transaction: string; bytes: Uint8Array }, change: Partial<ChainTransaction> = {}) {
  const client = new ScriptedChain(() => 1_700_000_000_000);
  client.transaction = async () => ({ slot: 9, bytes: answer.bytes, isFailed: false, blockTimeMs: null, ...change });
  return verifyAnchorOn(client, {
    transaction: answer.transaction,
    note: note({ treeSize: 7 }),
    groupKey: GROUP.publicKey,
  });
}

describe('verifying an anchor', () => {
  it('holds for the anchor that was claimed', async () => {
    expect(await verify(built({ treeSize: 7 }))).toMatchObject({ slot: 9, treeSize: 7, isVerifiedOnChain: true });
  });

  it('holds for a memo alone, and says that the chain verified nothing', async () => {
    expect(await verify(memoTransaction([note({ treeSize: 7 })]))).toMatchObject({ isVerifiedOnChain: false });
  });

  it('is refused when the transaction failed on the chain', async () => {
    await expect(verify(built({ treeSize: 7 }), { isFailed: true })).rejects.toMatchObject({
      code: 'SOLANA_ANCHOR_INVALID',
    });
  });

  it('is refused when another checkpoint is anchored', async () => {
    await expect(verify(built({ treeSize: 8 }))).rejects.toMatchObject({ code: 'SOLANA_ANCHOR_MISMATCH' });
    await expect(verify(built({ treeSize: 7, root: 9 }))).rejects.toMatchObject({ code: 'SOLANA_ANCHOR_MISMATCH' });
  });

  it('is refused when the note does not verify under the group key', async () => {
    const forged = built({ treeSize: 7, isForged: true });
    await expect(verify(forged)).rejects.toMatchObject({ code: 'SOLANA_ANCHOR_INVALID' });
    const other = memoTransaction([note({ treeSize: 7, group: keyPairFromSeed(new Uint8Array(32).fill(8)) })]);
    await expect(verify(other)).rejects.toMatchObject({ code: 'SOLANA_ANCHOR_INVALID' });
    await expect(verify(memoTransaction(['hello']))).rejects.toMatchObject({ code: 'SOLANA_ANCHOR_MISSING' });
  });

  it.each([[[]], [['hello', note({ treeSize: 7 })]]])('is refused unless there is exactly one memo', async (memos) => {
    await expect(verify(memoTransaction(memos))).rejects.toMatchObject({ code: 'SOLANA_ANCHOR_MISSING' });
  });

  it('is refused when the RPC gives other content under this id', async () => {
    const { transaction } = built({ treeSize: 6 });
    const { bytes } = built({ treeSize: 7 });
    await expect(verify({ transaction, bytes })).rejects.toMatchObject({ code: 'SOLANA_TRANSACTION_MALFORMED' });
    const spliced = Uint8Array.from(bytes);
    spliced.set(built({ treeSize: 6 }).bytes.subarray(1, 65), 1);
    await expect(verify({ transaction, bytes: spliced })).rejects.toMatchObject({
      code: 'SOLANA_TRANSACTION_MALFORMED',
    });
  });

  it('is refused when anything follows the transaction', async () => {
    const { transaction, bytes } = built({ treeSize: 7 });
    const longer = Uint8Array.of(...bytes, 0);
    await expect(verify({ transaction, bytes: longer })).rejects.toMatchObject({
      code: 'SOLANA_TRANSACTION_MALFORMED',
    });
  });
});
