import { verifySignature } from '@cairn/crypto';
import { CairnError, type UnixMs } from '@cairn/primitives';
import { type PrecompileVerified, readAnchorTransaction } from './anchor-transaction.ts';
import type { ChainClient, TransactionId } from './chain-client.ts';

export interface AnchorReading {
  readonly transaction: TransactionId;
  readonly slot: number;
  /** The chain's own clock, to the second; null when the RPC does not know. */
  readonly blockTime: UnixMs | null;
  /** The memo, not yet verified. */
  readonly noteText: string;
  /** What the Ed25519 precompile verified in the same transaction; null when it has none of that form. */
  readonly precompileVerified: PrecompileVerified | null;
}

/**
 * Fetches an anchor and takes it apart. That the RPC's transaction was signed under this id is checked; that it stands
 * in the chain is the RPC's word.
 * @throws SOLANA_TRANSACTION_UNKNOWN, SOLANA_TRANSACTION_MALFORMED, SOLANA_ANCHOR_INVALID (it failed on the chain),
 * SOLANA_ANCHOR_MISSING (no memo, or several), SOLANA_RPC_*
 */
export async function readAnchor(client: ChainClient, transaction: TransactionId): Promise<AnchorReading> {
  const fetched = await client.transaction(transaction);
  const content = readAnchorTransaction(fetched.bytes);
  const { key, message, signature } = content.feePayer;
  if (content.transaction !== transaction || !verifySignature(key, message, signature)) {
    throw new CairnError('SOLANA_TRANSACTION_MALFORMED', 'the RPC gave another transaction', { transaction });
  }
  if (fetched.isFailed) {
    throw new CairnError('SOLANA_ANCHOR_INVALID', 'the transaction failed on the chain', { transaction });
  }
  const [noteText] = content.memos;
  if (noteText === undefined || content.memos.length !== 1) {
    throw new CairnError('SOLANA_ANCHOR_MISSING', 'not one memo in this transaction', { transaction });
  }
  // The block's own time first: some RPCs round the one that they give with a transaction.
  const blockTime = (await client.blockTimeMs(fetched.slot)) ?? fetched.blockTimeMs;
  return { transaction, slot: fetched.slot, blockTime, noteText, precompileVerified: content.precompileVerified };
}
