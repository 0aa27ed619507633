/** Base58 of 32 bytes: an account. */
export type SolanaAddress = string;
/** Base58 of the 64-byte signature of a transaction's fee payer: the transaction's id. */
export type TransactionId = string;
/** Base58 of a chain's genesis hash: which chain it is. */
export type ChainId = string;

export type Commitment = 'processed' | 'confirmed' | 'finalized';

/** Where the finalized end of the chain stands. Heights count blocks, slots also count missed ones. */
export interface ChainHead {
  readonly slot: number;
  readonly blockHeight: number;
}

export interface RecentBlockhash {
  readonly blockhash: string;
  /** The last block height at which a transaction with this blockhash can still be included. */
  readonly lastValidBlockHeight: number;
}

export interface TransactionStatus {
  readonly slot: number;
  readonly commitment: Commitment;
  /** Included and paid for, yet its instructions failed. */
  readonly isFailed: boolean;
}

/** One status per transaction asked for, in order; null where the RPC knows none, as of `slot`. */
export interface TransactionStatuses {
  readonly slot: number;
  readonly statuses: readonly (TransactionStatus | null)[];
}

export interface ChainTransaction {
  readonly slot: number;
  /** Wire bytes: signatures and message. */
  readonly bytes: Uint8Array;
  readonly isFailed: boolean;
  readonly blockTimeMs: number | null;
}

/**
 * What Cairn asks of a Solana RPC. Everything that it returns was checked for shape and size only: an RPC may lie.
 * Each method throws SOLANA_RPC_* codes.
 */
export interface ChainClient {
  chain(): Promise<ChainId>;
  finalizedHead(): Promise<ChainHead>;
  recentBlockhash(): Promise<RecentBlockhash>;
  /** Lamports, at commitment confirmed. */
  balance(address: SolanaAddress): Promise<number>;
  /** Micro-lamports per compute unit that recent blocks took; 0 when the RPC cannot say. */
  priorityFee(): Promise<number>;
  /** @throws SOLANA_RPC_INVALID when the node refuses it; it may have spread all the same. */
  send(transactionBytes: Uint8Array): Promise<void>;
  /** Searches the whole history that the RPC keeps. At most 256. */
  statuses(transactions: readonly TransactionId[]): Promise<TransactionStatuses>;
  /** Unix milliseconds, null when the RPC does not know. */
  blockTimeMs(slot: number): Promise<number | null>;
  /** At commitment confirmed. @throws SOLANA_TRANSACTION_UNKNOWN */
  transaction(transaction: TransactionId): Promise<ChainTransaction>;
  /** Test chains only. Returns when it was asked for, not when it has arrived. */
  requestAirdrop(address: SolanaAddress, lamports: number): Promise<void>;
}
