import { CairnError, equalBytes, type Hash, hasCode, type PublicKey, type UnixMs, utf8 } from '@cairn/primitives';
import { type AnchorCheckpoint, verifiedCheckpoint } from './anchor-checkpoint.ts';
import type { PrecompileVerified } from './anchor-transaction.ts';
import type { ChainClient, ChainId, TransactionId } from './chain-client.ts';
import { readAnchor } from './read-anchor.ts';
import { RpcChainClient } from './rpc-chain-client.ts';

export interface AnchorClaim {
  readonly transaction: TransactionId;
  /** The anchored checkpoint's note, as the attestation holds it. */
  readonly note: string;
  readonly groupKey: PublicKey;
  /** Genesis hash that the attestation names, if it names one. */
  readonly chain?: ChainId;
}

export interface AnchorFacts {
  readonly chain: ChainId;
  readonly transaction: TransactionId;
  readonly slot: number;
  readonly blockTime: UnixMs | null;
  readonly treeSize: number;
  readonly root: Hash;
  readonly headerHash: Hash;
  /** The chain's own Ed25519 program verified the same text under the same key in this transaction. */
  readonly isVerifiedOnChain: boolean;
}

/**
 * Checks that a transaction of the chain behind `rpcUrl` anchors exactly the checkpoint that is claimed, under the
 * group key. That the transaction stands in that chain is the RPC's word: use one that you trust.
 * @throws SOLANA_ANCHOR_MISMATCH, SOLANA_ANCHOR_INVALID, SOLANA_ANCHOR_MISSING, SOLANA_CHECKPOINT_INVALID and
 * PROTOCOL_CHECKPOINT_MALFORMED (the claim itself), SOLANA_TRANSACTION_UNKNOWN, SOLANA_TRANSACTION_MALFORMED, SOLANA_RPC_*
 */
export async function verifyAnchor(claim: AnchorClaim & { readonly rpcUrl: string }): Promise<AnchorFacts> {
  const client = new RpcChainClient({ rpcUrl: claim.rpcUrl });
  try {
    return await verifyAnchorOn(client, claim);
  } finally {
    client.close();
  }
}

/** `verifyAnchor` over a client that exists already. */
export async function verifyAnchorOn(client: ChainClient, claim: AnchorClaim): Promise<AnchorFacts> {
  const { transaction, groupKey } = claim;
  const expected = verifiedCheckpoint(claim.note, groupKey);
  const chain = await client.chain();
  if (claim.chain !== undefined && claim.chain !== chain) {
    throw new CairnError('SOLANA_ANCHOR_MISMATCH', 'the RPC follows another chain', { claimed: claim.chain, chain });
  }
  const reading = await readAnchor(client, transaction);
  // "the chain proves only *when* it was there, so the reader verifies the note in the memo itself" (section 7).
  const found = noteInMemo(reading.noteText, groupKey, transaction);
  // Texts are compared, not notes: two group signatures of one text differ, and both are good (section 1).
  if (found.text !== expected.text) {
    const meta = { transaction, anchoredTreeSize: found.treeSize, claimedTreeSize: expected.treeSize };
    throw new CairnError('SOLANA_ANCHOR_MISMATCH', 'the transaction anchors another checkpoint', meta);
  }
  return {
    chain,
    transaction,
    slot: reading.slot,
    blockTime: reading.blockTime,
    treeSize: found.treeSize,
    root: found.root,
    headerHash: found.headerHash,
    isVerifiedOnChain: reading.precompileVerified !== null && isSame(reading.precompileVerified, found),
  };
}

function noteInMemo(noteText: string, groupKey: PublicKey, transaction: TransactionId): AnchorCheckpoint {
  try {
    return verifiedCheckpoint(noteText, groupKey);
  } catch (cause) {
    if (hasCode(cause, 'SOLANA_CHECKPOINT_INVALID')) {
      throw new CairnError('SOLANA_ANCHOR_INVALID', 'the note does not verify', { transaction }, { cause });
    }
    throw new CairnError('SOLANA_ANCHOR_MISSING', 'the memo is no checkpoint note', { transaction }, { cause });
  }
}

function isSame(precompile: PrecompileVerified, checkpoint: AnchorCheckpoint): boolean {
  return precompile.publicKey === checkpoint.groupKey && equalBytes(precompile.message, utf8(checkpoint.text));
}
