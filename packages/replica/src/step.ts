import type {
  AgreementEvent,
  AgreementTimer,
  SignerRequest,
  SignerResult,
  VotingEntry,
  VotingRecord,
} from '@cairn/consensus';
import type { Authenticated, Hash, MemberIndex, UnixMs } from '@cairn/primitives';
import type {
  AgreementMessage,
  Batch,
  BatchBody,
  Block,
  BlockStatement,
  CertifiedBlock,
  Credit,
  Evidence,
  FeedResult,
  ItemKind,
  Receipt,
  ReceiptCode,
  StateSnapshot,
  UnsignedAgreement,
} from '@cairn/protocol';
import type { SnapshotMark } from './chain.ts';

/** Everything that can happen to a member. Time comes with it; nothing else tells the time. */
export type Input = { readonly atMs: UnixMs } & (
  | MessageInput
  | { readonly kind: 'batch'; readonly from: MemberIndex | null; readonly batch: Authenticated<Batch> }
  /** Found at the door, and judged there. */
  | { readonly kind: 'evidence'; readonly evidence: Authenticated<Evidence> }
  | { readonly kind: 'items'; readonly request: number; readonly items: readonly Authenticated<PendingItem>[] }
  | { readonly kind: 'timer'; readonly timer: TimerName }
  | { readonly kind: 'work-done'; readonly result: WorkResult }
  | { readonly kind: 'peer-connected'; readonly member: MemberIndex }
  /** An uncertified block that `fetch-block` asked for; believed only as far as its hash goes. */
  | { readonly kind: 'block'; readonly block: Block }
);

export interface MessageInput {
  readonly kind: 'message';
  /** Who handed it over (for gossip: not necessarily its author); the member itself for its own messages. */
  readonly from: MemberIndex | null;
  readonly message: Authenticated<AgreementMessage>;
}

/** One turn of a member. The host carries the fields out in this order. */
export interface Step {
  /** 1: durable, all of it in one transaction, before anything below. */
  readonly journal: readonly JournalEntry[];
  /** 2: answers to `items` inputs: given only after the journal is durable. */
  readonly answers: readonly IntakeAnswer[];
  /** 3: the host signs what is unsigned; own messages addressed to oneself come back as inputs. */
  readonly send: readonly Outbound[];
  /** 4 */
  readonly timers: readonly TimerCommand[];
  /** 5: slow or secret; each result returns as a `work-done` input. */
  readonly work: readonly WorkRequest[];
  /** 6: for the API, followers and anchors. */
  readonly commits: readonly Commit[];
  /** 7: metrics and logs only; dropping them changes nothing. */
  readonly events: readonly ReplicaEvent[];
}

/** A report or another item that came in through this member's own intake. */
export interface PendingItem {
  readonly id: Hash;
  readonly kind: ItemKind;
  readonly bytes: Uint8Array;
}

/** Code null: accepted and durable. */
export interface IntakeAnswer {
  readonly request: number;
  readonly verdicts: readonly { readonly id: Hash; readonly code: ReceiptCode | 'pool-full' | 'halted' | null }[];
}

/** What must survive a crash. Storage applies entries in order, all of a step in one transaction. */
export type JournalEntry =
  | VotingEntry
  | { readonly kind: 'item'; readonly item: PendingItem }
  /** `items`: ids of own pending items that this batch carries; they stop being pending. */
  | { readonly kind: 'batch'; readonly batch: Batch; readonly items: readonly Hash[] }
  | { readonly kind: 'certified'; readonly commit: Commit }
  /** Own batch whose life ended outside the chain: its items are pending again. */
  | { readonly kind: 'batch-expired'; readonly batchId: Hash; readonly items: readonly PendingItem[] }
  | { readonly kind: 'halted'; readonly height: number; readonly reason: string };

/** A certified block with all that its execution gave; storage and the archive keep it. */
export interface Commit {
  readonly height: number;
  readonly blockHash: Hash;
  readonly certified: CertifiedBlock;
  readonly batches: readonly Batch[];
  readonly receipts: readonly Receipt[];
  readonly acceptedReports: readonly Hash[];
  readonly results: readonly FeedResult[];
  readonly writes: readonly { readonly key: string; readonly value: Uint8Array | null }[];
  /** Root over headers 0 .. height; what the checkpoint signs. */
  readonly logRoot: Hash;
  /** The checkpoint as a signed note. */
  readonly note: string;
  /** Of the state after it, when it is the first of its epoch. */
  readonly snapshot: StateSnapshot | null;
}

export type Outbound =
  | { readonly kind: 'agreement'; readonly to: readonly MemberIndex[]; readonly message: UnsignedAgreement }
  /** To all, by gossip; the sender gets it too. */
  | { readonly kind: 'gossip'; readonly message: UnsignedAgreement }
  | { readonly kind: 'batch'; readonly batch: Batch }
  | { readonly kind: 'fetch-batches'; readonly from: readonly MemberIndex[]; readonly ids: readonly Hash[] }
  /** A block that is not certified yet, by hash: from those whose votes name it. */
  | {
      readonly kind: 'fetch-block';
      readonly from: readonly MemberIndex[];
      readonly height: number;
      readonly hash: Hash;
    }
  /** Certified blocks with their batches, `fromHeight` on: they come back as messages and batches. */
  | {
      readonly kind: 'fetch-certified';
      readonly from: readonly MemberIndex[];
      readonly fromHeight: number;
      readonly toHeight: number;
    }
  /** Answer a peer that is behind with that height's certified block from storage. */
  | { readonly kind: 'send-certified'; readonly to: MemberIndex; readonly height: number };

/** One timer per name; setting it again moves it. */
export type TimerName = AgreementTimer | 'propose' | 'pack' | 'fetch' | 'due';
export type TimerCommand =
  | { readonly kind: 'set'; readonly timer: TimerName; readonly delayMs: number }
  | { readonly kind: 'cancel'; readonly timer: TimerName };

/** Slow or secret work: the signer's, and sealing with the identity key. */
export type WorkRequest =
  | SignerRequest
  | { readonly kind: 'seal-batch'; readonly body: BatchBody }
  /** Signs own votes again, for credits: those that left this member and no others, at no height where it is silent. */
  | { readonly kind: 'seal-credits'; readonly votes: readonly (BlockStatement & { readonly member: MemberIndex })[] };
export type WorkResult =
  | SignerResult
  | { readonly kind: 'batch-sealed'; readonly batch: Batch }
  | { readonly kind: 'credits-sealed'; readonly credits: readonly Credit[] };

export type ReplicaEvent =
  | AgreementEvent
  | {
      readonly kind: 'certified';
      readonly height: number;
      readonly view: number;
      readonly voters: readonly MemberIndex[];
      readonly reports: number;
      /** Block time to commit, by this member's clock. */
      readonly durationMs: number;
    }
  | { readonly kind: 'behind'; readonly height: number; readonly seenHeight: number }
  | { readonly kind: 'halted'; readonly height: number; readonly reason: string };

/** What storage gives back at start. */
export interface RestoredReplica {
  /** Null before block 1. */
  readonly tip: { readonly certified: CertifiedBlock; readonly blockHash: Hash } | null;
  /** Frontier hashes of the log over headers 0 .. tip height. */
  readonly frontier: { readonly size: number; readonly hashes: readonly Hash[] } | null;
  readonly ledgerEntries: Iterable<{ readonly key: string; readonly value: Uint8Array }>;
  /** The newest that was taken. */
  readonly snapshot: SnapshotMark | null;
  /** Of the height above the tip. */
  readonly voting: VotingRecord;
  readonly batches: readonly Batch[];
  readonly items: readonly PendingItem[];
  readonly nextBatchSeq: number;
  readonly halted: string | null;
}

export type { SignerRequest, SignerResult, VotingEntry, VotingRecord };
