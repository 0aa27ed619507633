import type { Hash, MemberIndex, PublicKey, UnixMs } from '@cairn/primitives';
import type { Attestation } from '@cairn/protocol';
import type { ReportFate, SharedPorts } from './shared-ports.ts';

/** What became of one submitted item. */
export interface Verdict {
  /** Hash of the bytes as received. */
  readonly id: Hash;
  readonly status: 'accepted' | 'refused';
  /** Why it was refused: a receipt code or an error code. */
  readonly code?: string;
  readonly detail?: string;
}

/** A certified block with its batches, all as encoded by `protocol`. */
export interface SyncBlock {
  readonly certified: Uint8Array;
  readonly batches: readonly Uint8Array[];
}

export interface MemberStatus {
  readonly index: MemberIndex;
  readonly name: string;
  readonly identityKey: PublicKey;
  /** The node itself counts as connected. */
  readonly isConnected: boolean;
  /** Height of the last certificate with its vote; null: none seen. */
  readonly lastVotedHeight: number | null;
  /** Its votes among the last `window` certificates. */
  readonly votes: { readonly present: number; readonly window: number };
}

export interface NodeStatus {
  readonly member: MemberIndex;
  readonly name: string;
  readonly height: number;
  readonly view: number;
  readonly epoch: number;
  /** Time of the last certified block. */
  readonly blockTime: UnixMs;
  readonly isSyncing: boolean;
  /** Why the node stopped signing; null while it works. */
  readonly halted: string | null;
  /** Block of the snapshot that the node began with; null: it executed every block. */
  readonly snapshotHeight: number | null;
  readonly pendingItems: number;
  readonly startedAt: UnixMs;
  readonly members: readonly MemberStatus[];
}

/** What the node's server asks of the node. Handlers only: no protocol logic is here. */
export interface NodePorts extends SharedPorts {
  /**
   * Takes reports as received, any bytes. Resolves once every accepted one is durable.
   * @returns one verdict each, in order.
   */
  submitReports(reports: readonly Uint8Array[]): Promise<readonly Verdict[]>;
  submitRegistration(bytes: Uint8Array): Promise<Verdict>;
  submitRevocation(bytes: Uint8Array): Promise<Verdict>;
  /**
   * Waits until all ids are certified or the signal aborts; never rejects for that.
   * @returns for each id its fate, and the attestation of an accepted one.
   */
  awaitCertified(
    ids: readonly Hash[],
    signal: AbortSignal,
  ): Promise<readonly { readonly fate: ReportFate; readonly attestation: Attestation | null }[]>;
  reportFate(id: Hash): Promise<ReportFate>;
  status(): NodeStatus;
  /**
   * Certified blocks `from` on, in order, without gaps: at most `limit`, and about `bytesMax`, but at least one.
   * When there is none yet, waits for it until the signal aborts, then gives an empty list.
   * @returns null when block `from` was pruned here, or lies below the snapshot that the node began with.
   */
  syncBlocks(request: {
    readonly from: number;
    readonly limit: number;
    readonly bytesMax: number;
    readonly signal: AbortSignal;
  }): Promise<readonly SyncBlock[] | null>;
}
