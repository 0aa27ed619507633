import type { Hash, MemberIndex, NetworkId, UnixMs } from '@cairn/primitives';
import type { Attestation, CertifiedBlock, FeedResult, ResultStatus } from '@cairn/protocol';
import type { ChainPosition, ReportFate, SharedPorts } from './shared-ports.ts';

/** One result, the block that holds it, and its place among that block's results. */
export interface StoredRound {
  readonly height: number;
  readonly position: number;
  readonly result: FeedResult;
}

/** A result with the document that proves it. */
export interface Round extends StoredRound {
  readonly attestation: Attestation;
}

/** Which results: of one feed and one of its groups ('' where it has none). */
export interface Series {
  readonly feed: string;
  readonly group: string;
}

export interface GroupSummary {
  readonly group: string;
  readonly results: number;
  readonly latest: StoredRound;
}

/** A certified block as the archive holds it; height 0 has neither certificate nor note. */
export interface ArchivedBlock {
  readonly header: Uint8Array;
  readonly hash: Hash;
  /** Null at height 0, and once it was pruned. */
  readonly certified: CertifiedBlock | null;
  readonly note: string | null;
  readonly results: readonly FeedResult[];
  /** Items by their receipt code; null once it was pruned. */
  readonly receipts: Readonly<Record<string, number>> | null;
}

export interface ArchivedCheckpoint {
  readonly treeSize: number;
  readonly root: Hash;
  readonly headerHash: Hash;
  readonly note: string;
}

export interface ConsistencyProof {
  readonly firstSize: number;
  readonly firstRoot: Hash;
  readonly secondSize: number;
  readonly secondRoot: Hash;
  readonly proof: readonly Hash[];
}

export interface AnchorView {
  readonly transaction: string;
  readonly chain: string;
  readonly status: 'submitted' | 'confirmed' | 'finalized' | 'expired' | 'failed' | 'dropped';
  readonly treeSize: number;
  readonly root: Hash;
  readonly headerHash: Hash;
  readonly note: string;
  readonly slot: number | null;
  readonly blockTime: UnixMs | null;
  readonly submittedAt: UnixMs;
  readonly attempt: number;
  readonly feeLamports: number;
}

/** At how many of the last `window` heights a member's vote counts, by the certificate or by a credit. */
export interface Participation {
  readonly window: number;
  readonly members: readonly {
    readonly index: MemberIndex;
    readonly votes: number;
    readonly lastVotedHeight: number | null;
  }[];
}

/** What happened, for whoever listens: small, without proofs. */
export type ApiEvent =
  | {
      readonly topic: 'block';
      readonly height: number;
      readonly hash: Hash;
      readonly time: UnixMs;
      readonly reports: number;
      readonly results: number;
    }
  | ({
      readonly topic: 'round';
      readonly height: number;
      readonly position: number;
      readonly windowStart: UnixMs;
      readonly windowEnd: UnixMs;
      readonly status: ResultStatus;
    } & Series)
  | ({ readonly topic: 'anchor' } & AnchorView)
  | { readonly topic: 'evidence'; readonly member: MemberIndex; readonly kind: string; readonly height: number }
  | { readonly topic: 'membership'; readonly epoch: number; readonly networkId: NetworkId };

export const EVENT_TOPICS = ['block', 'round', 'anchor', 'evidence', 'membership'] as const;
export type EventTopic = (typeof EVENT_TOPICS)[number];

export interface AnchoredPosition extends ChainPosition {
  /** Heights below it stand under an anchored checkpoint; 0: none. */
  readonly anchoredSize: number;
}

type Soon<T> = T | Promise<T>;

/** What the attestation server asks of its archive. All that it gives was verified before. */
export interface AttestationPorts extends SharedPorts {
  position(): AnchoredPosition;
  /** Genesis hash of the anchor chain, base58; null while it is not known. */
  anchorChain(): string | null;
  participation(): Participation;
  /** In order of their names after `afterGroup`. */
  groups(query: {
    readonly feed: string;
    readonly afterGroup: string | null;
    readonly limit: number;
  }): Soon<readonly GroupSummary[]>;
  latestRound(series: Series): Soon<Round | null>;
  round(key: Series & { readonly windowStart: UnixMs }): Soon<Round | null>;
  /** The round whose window holds that time. */
  roundAt(key: Series & { readonly at: UnixMs }): Soon<Round | null>;
  /** Newest first, from <= windowStart < to. */
  rounds(
    query: Series & { readonly from: UnixMs; readonly to: UnixMs; readonly limit: number },
  ): Soon<readonly StoredRound[]>;
  /** The first round after that window start; waits for it, and gives null when the signal aborts. */
  awaitRound(query: Series & { readonly after: UnixMs; readonly signal: AbortSignal }): Promise<Round | null>;
  /** Rounds of all feeds after a place, in the order of the chain. */
  roundsAfter(query: {
    readonly height: number;
    readonly position: number;
    readonly limit: number;
  }): Soon<readonly Round[]>;
  block(height: number): Soon<ArchivedBlock | null>;
  reportFate(id: Hash): Soon<ReportFate>;
  /** Null unless it was accepted and its block is kept. */
  reportAttestation(id: Hash): Soon<Attestation | null>;
  /** Null: the latest. */
  checkpoint(treeSize: number | null): Soon<ArchivedCheckpoint | null>;
  /** Null unless both sizes are there, in order. */
  consistency(sizes: { readonly firstSize: number; readonly secondSize: number }): Soon<ConsistencyProof | null>;
  /** Largest tree first, only trees below `below`. */
  anchors(query: { readonly below: number; readonly limit: number }): Soon<readonly AnchorView[]>;
  /** @returns what ends the subscription. The listener returns at once. */
  subscribe(listener: (event: ApiEvent) => void): () => void;
}
