import type { UnixMs } from '@cairn/primitives';
import type { AnchorCheckpoint } from './anchor-checkpoint.ts';
import type { AnchorRecord } from './anchor-record.ts';
import type {
  ChainHead,
  ChainId,
  RecentBlockhash,
  TransactionId,
  TransactionStatus,
  TransactionStatuses,
} from './chain-client.ts';

/** What a new transaction needs to know, read in this order. */
export interface ChainSurvey extends RecentBlockhash {
  readonly chain: ChainId;
  readonly balanceLamports: number;
  /** Micro-lamports per compute unit that recent blocks took. */
  readonly recentPrice: number;
}

/** What became of transactions, read in this order: chain, finalized head, statuses, block times. */
export interface ChainCheck extends TransactionStatuses {
  readonly chain: ChainId;
  readonly head: ChainHead;
  readonly statuses: readonly (CheckedStatus | null)[];
}

export interface CheckedStatus extends TransactionStatus {
  readonly blockTime: UnixMs | null;
}

export type AnchorInput =
  /** The log has grown. Only the newest matters: "every checkpoint covers all earlier blocks" (protocol section 7). */
  | { readonly kind: 'checkpoint'; readonly atMs: UnixMs; readonly checkpoint: AnchorCheckpoint }
  | { readonly kind: 'woken'; readonly atMs: UnixMs }
  | { readonly kind: 'surveyed'; readonly atMs: UnixMs; readonly survey: ChainSurvey }
  | { readonly kind: 'funded'; readonly atMs: UnixMs }
  | { readonly kind: 'sent'; readonly atMs: UnixMs }
  /** The node answered, and did not take the transaction. */
  | { readonly kind: 'refused'; readonly atMs: UnixMs; readonly code: string }
  | { readonly kind: 'checked'; readonly atMs: UnixMs; readonly check: ChainCheck }
  /** The command got no usable answer; whether it took effect is unknown. */
  | { readonly kind: 'failed'; readonly atMs: UnixMs; readonly code: string };

/** At most one is under way. Each is answered by one input: surveyed, funded, sent or refused, checked; or failed. */
export type AnchorCommand =
  | { readonly kind: 'survey' }
  | { readonly kind: 'fund'; readonly lamports: number }
  | { readonly kind: 'send'; readonly record: AnchorRecord }
  | { readonly kind: 'check'; readonly transactions: readonly TransactionId[] };

export type AnchorEvent =
  /** A record has a new status, or is new. */
  | { readonly kind: 'anchor'; readonly record: AnchorRecord }
  | { readonly kind: 'chain-entered'; readonly chain: ChainId; readonly previous: ChainId | null }
  | { readonly kind: 'rpc-failed'; readonly code: string; readonly failures: number; readonly retryAtMs: UnixMs }
  | { readonly kind: 'send-refused'; readonly code: string; readonly transaction: TransactionId }
  | { readonly kind: 'fee-capped'; readonly feeLamports: number; readonly recentPrice: number }
  | {
      readonly kind: 'balance-missing';
      readonly balanceLamports: number;
      readonly feeLamports: number;
      /** The chain is a test chain, and is asked for money. */
      readonly isAirdropAsked: boolean;
    };

/** The host carries the fields out in this order. */
export interface AnchorStep {
  /** 1 durable before anything below. */
  readonly save: readonly AnchorRecord[];
  /** 2 to be answered by an input. */
  readonly command: AnchorCommand | undefined;
  /** 3 replaces the wish of the step before; undefined when only a checkpoint or an answer can bring news. */
  readonly wakeAtMs: UnixMs | undefined;
  /** 4 metrics and logs only. */
  readonly events: readonly AnchorEvent[];
}

export type AnchorPhase = 'idle' | 'submitting' | 'confirming' | 'retrying';
