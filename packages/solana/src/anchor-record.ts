import type { Hash, UnixMs } from '@cairn/primitives';
import type { ChainId, TransactionId } from './chain-client.ts';

/**
 * submitted: may be in the chain or may still get there. confirmed: voted for by most of the stake. finalized: for good.
 * expired: can never get there any more. failed: in the chain, paid for, yet refused. dropped: was confirmed on a fork
 * that the chain gave up.
 */
export type AnchorStatus = 'submitted' | 'confirmed' | 'finalized' | 'expired' | 'failed' | 'dropped';

/** One transaction that anchors one checkpoint on one chain. */
export interface AnchorRecord {
  readonly transaction: TransactionId;
  readonly chain: ChainId;
  readonly status: AnchorStatus;
  readonly treeSize: number;
  readonly root: Hash;
  readonly headerHash: Hash;
  /** The note as the memo holds it. */
  readonly note: string;
  /** Known once confirmed. */
  readonly slot: number | null;
  /** The chain's time, in unix milliseconds; known once confirmed, if at all. */
  readonly blockTime: UnixMs | null;
  readonly submittedAt: UnixMs;
  /** 1 for the first try since the last success; the price rises with it. */
  readonly attempt: number;
  /** What it costs at most. */
  readonly feeLamports: number;
  readonly lastValidBlockHeight: number;
  /** Standard base64 of the signed transaction, to be sent again after a restart. Empty once it is settled. */
  readonly transactionBase64: string;
}

/** Whether nothing about this record can change any more. */
export function isSettled(record: AnchorRecord): boolean {
  return record.status !== 'submitted' && record.status !== 'confirmed';
}

/** Whether the chain holds this anchor, as far as is known. */
export function isAnchored(record: AnchorRecord): boolean {
  return record.status === 'confirmed' || record.status === 'finalized';
}

/** Where the submitter keeps its records. A record is known by its transaction. */
export interface AnchorStore {
  /** All records that are not settled, and of each chain the anchored one of the largest tree; more do no harm. */
  load(): Promise<readonly AnchorRecord[]>;
  /** Inserts or replaces. Durable when the promise resolves: the submitter sends nothing before. */
  save(record: AnchorRecord): Promise<void>;
}

/** Keeps records as long as the process lives. */
export class MemoryAnchorStore implements AnchorStore {
  readonly records = new Map<TransactionId, AnchorRecord>();

  async load(): Promise<readonly AnchorRecord[]> {
    return [...this.records.values()];
  }

  async save(record: AnchorRecord): Promise<void> {
    this.records.set(record.transaction, record);
  }
}
