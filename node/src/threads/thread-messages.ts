import type { SignerRequest, SignerResult } from '@cairn/consensus';
import type { Authenticated, Hash, MemberIndex, UnixMs } from '@cairn/primitives';
import type { AgreementMessage, Attestation, Block, Evidence, ItemKind, ReceiptCode } from '@cairn/protocol';
import type { IntakeAnswer, Outbound, ReplicaEvent } from '@cairn/replica';
import type { EvidenceQuery, StoredEvidence } from '@cairn/storage';
import type { UnknownVote } from '../core/own-votes.ts';

/** Where bytes of others came in: a gossip topic, a direct stream, or the answer to a sync request. */
export type FrameSource =
  | 'batch'
  | 'proposal'
  | 'certified'
  | 'direct'
  | 'sync-certified'
  | 'sync-batch'
  | 'sync-block';

/** Items of one kind that came in together: the bytes of all, and where each ends. */
export interface ItemPack {
  readonly kind: ItemKind;
  readonly bytes: Uint8Array;
  readonly ends: readonly number[];
}

/** To a crypto thread. Buffers are handed over, not copied. */
export type CryptoOrder =
  | {
      readonly kind: 'frame';
      readonly id: number;
      readonly source: FrameSource;
      readonly from: MemberIndex | null;
      readonly bytes: Uint8Array;
    }
  | { readonly kind: 'intake'; readonly request: number; readonly pack: ItemPack }
  /** Of the core: the key share's work. */
  | { readonly kind: 'sign'; readonly request: SignerRequest }
  /** Of the core: certified blocks up to here are old news. */
  | { readonly kind: 'tip'; readonly height: number };

/** Why an item was refused before the replica saw it. */
export interface ItemFault {
  readonly code: string;
  readonly detail: string;
}

export type FrameVerdict = 'accept' | 'ignore' | 'reject';

/** What a crypto thread tells the main thread. */
export type CryptoReport =
  | {
      readonly kind: 'verdict';
      readonly id: number;
      readonly verdict: FrameVerdict;
      /** The kind of message, where it could be told. */
      readonly message: AgreementMessage['kind'] | 'batch' | 'block' | null;
      /** Who signed it, where one member did. */
      readonly author: MemberIndex | null;
      readonly fault: string | null;
    }
  /** One entry per item; `faults` is null when there is none. When all are faulty, the core is not asked. */
  | {
      readonly kind: 'intake-checked';
      readonly request: number;
      readonly ids: readonly Hash[];
      readonly faults: readonly (ItemFault | null)[] | null;
    }
  /** Secret nonces of this member: each is made once and ends once. */
  | { readonly kind: 'nonces'; readonly made: number; readonly spent: number; readonly destroyed: number }
  | { readonly kind: 'timing'; readonly work: CryptoWork; readonly seconds: number };

/** What a crypto thread spends its time on. */
export type CryptoWork = 'verify-batch' | 'verify-intake' | 'sign' | 'aggregate';

/** To the core thread: what passed the door, answers of the signer, and questions of the main thread. */
export type CoreOrder =
  | {
      readonly kind: 'message';
      readonly from: MemberIndex | null;
      readonly message: Authenticated<AgreementMessage>;
      /** Kept for the sender's own question after a restart; absent for what no member signs. */
      readonly bytes?: Uint8Array;
    }
  | { readonly kind: 'batch'; readonly from: MemberIndex | null; readonly bytes: Uint8Array }
  | { readonly kind: 'block'; readonly block: Block }
  | { readonly kind: 'evidence'; readonly evidence: Authenticated<Evidence> }
  | {
      readonly kind: 'items';
      readonly request: number;
      readonly pack: ItemPack;
      /** One for each of the pack. */
      readonly ids: readonly Hash[];
      /** Which of the pack passed; null: all. */
      readonly passed: readonly number[] | null;
    }
  | { readonly kind: 'signed'; readonly result: SignerResult }
  | { readonly kind: 'peer-connected'; readonly member: MemberIndex }
  | { readonly kind: 'ask'; readonly id: number; readonly question: CoreQuestion }
  | { readonly kind: 'forget'; readonly id: number }
  /** The replica takes its first turn; up to that height it says nothing. */
  | { readonly kind: 'start'; readonly silentUpTo: number }
  | { readonly kind: 'stop' };

/** Questions to the core and what each is answered with. */
export interface CoreAnswers {
  /** Frames for a peer; empty when there is nothing. */
  serve: readonly Uint8Array[];
  fate: ItemFateView;
  /** Answered when all are certified, or when it is forgotten. */
  await: readonly { readonly fate: ItemFateView; readonly attestation: Attestation | null }[];
  evidence: readonly StoredEvidence[];
  'evidence-by-id': StoredEvidence | null;
  /** Null: they are below what is kept here. */
  blocks: readonly { readonly certified: Uint8Array; readonly batches: readonly Uint8Array[] }[] | null;
  /** Null when the disk knows of all that others hold; else what it lacks. */
  'own-votes': UnknownVote | null;
}

export type CoreQuestion =
  | { readonly about: 'serve'; readonly request: Uint8Array; readonly member: MemberIndex | null }
  | { readonly about: 'fate'; readonly item: Hash }
  | { readonly about: 'await'; readonly items: readonly Hash[] }
  | { readonly about: 'evidence'; readonly query: EvidenceQuery }
  | { readonly about: 'evidence-by-id'; readonly evidence: Hash }
  /** Messages that this member signed, as others have seen them. */
  | { readonly about: 'own-votes'; readonly messages: readonly Uint8Array[] }
  | { readonly about: 'blocks'; readonly from: number; readonly limit: number; readonly bytesMax: number };

export type ItemFateView =
  | { readonly status: 'unknown' | 'pending' | 'batched' }
  | { readonly status: 'certified'; readonly height: number; readonly code: ReceiptCode };

/** What the main thread carries to the network. Everything before it is durable. */
export type Sending =
  | {
      readonly kind: 'direct';
      readonly to: readonly MemberIndex[];
      readonly message: AgreementMessage['kind'];
      readonly bytes: Uint8Array;
    }
  | { readonly kind: 'gossip'; readonly topic: 'batch' | 'proposal' | 'certified'; readonly bytes: Uint8Array }
  | { readonly kind: 'fetch'; readonly fetch: Fetch };

export type Fetch = Extract<Outbound, { kind: 'fetch-batches' | 'fetch-block' | 'fetch-certified' }>;

/** What the main thread learns of a certified block. */
export interface CommitNotice {
  readonly height: number;
  readonly view: number;
  readonly epoch: number;
  readonly time: UnixMs;
  readonly leader: MemberIndex;
  readonly voters: readonly MemberIndex[];
  /** Members of the credits that the block accepted: once for each. */
  readonly credited: readonly MemberIndex[];
  readonly reports: number;
  readonly items: number;
  readonly batchBytes: number;
  readonly receipts: Readonly<Partial<Record<ReceiptCode, number>>>;
  readonly results: readonly {
    readonly feed: string;
    readonly outcome: 'value' | 'too_few_devices' | 'out_of_range';
  }[];
  /** Of items of this member's own intake: acknowledged to certified. */
  readonly latenciesMs: readonly number[];
}

/** Where the replica stands after a turn. */
export interface CorePosition {
  readonly height: number;
  readonly view: number;
  readonly epoch: number;
  readonly time: UnixMs;
  readonly isHalted: boolean;
  readonly haltReason: string | null;
  /** Of the snapshot that the store began with; 0: it has every block. */
  readonly baseHeight: number;
  readonly pendingItems: number;
  readonly poolBatches: number;
  /** Known to the state, revoked ones too. */
  readonly devices: number;
  readonly openWindows: number;
  /** Nonce commitments of others that wait for a session. */
  readonly nonces: number;
  /** Certified for sure, as others say. */
  readonly seenHeight: number;
  /** Of each member; null where nothing is known. */
  readonly peerHeights: readonly (number | null)[];
}

/** What the core tells the main thread. */
export type CoreReport =
  | { readonly kind: 'ready'; readonly position: CorePosition }
  /** All that one turn allows, once it is durable. */
  | {
      readonly kind: 'turn';
      readonly answers: readonly IntakeAnswer[];
      readonly sendings: readonly Sending[];
      readonly commits: readonly CommitNotice[];
      readonly events: readonly ReplicaEvent[];
      readonly position: CorePosition;
      readonly packed: readonly { readonly items: number; readonly bytes: number }[];
      readonly inputs: number;
      readonly dropped: number;
      readonly stepSeconds: number;
      /** Of each block that was executed. */
      readonly executionSeconds: readonly number[];
      /** Null when there was nothing to write. */
      readonly appendSeconds: number | null;
    }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: CoreAnswers[keyof CoreAnswers] }
  | { readonly kind: 'refusal'; readonly id: number; readonly code: string; readonly message: string };
