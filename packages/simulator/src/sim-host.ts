import type { AuthenticationResult, Door, SignerResult } from '@cairn/consensus';
import type { Hash, MemberIndex, PublicKey, Rng, Signature } from '@cairn/primitives';
import type { AgreementMessage, Block } from '@cairn/protocol';
import type { BatchResult, Commit, JournalEntry, ReplicaEvent, TimerName, WorkRequest } from '@cairn/replica';
import type { ThresholdScheme } from '@cairn/threshold';
import type { LastWrite } from './fault.ts';

/** How members sign and are checked: real Ed25519, or the toy of volume runs. */
export interface IdentityScheme {
  readonly sign: (publicKey: PublicKey, message: Uint8Array) => Signature;
  readonly verify: (publicKey: PublicKey, message: Uint8Array, signature: Signature) => boolean;
}

/** What one member's host needs of the world. Bytes travel; nothing is shared. */
export interface SimHost {
  readonly identity: IdentityScheme;
  readonly scheme: ThresholdScheme;
  readonly rng: Rng;
  readonly door: Door;
  /** True time, for the host's own rate limits. */
  nowMs(): number;
  /** To one member. */
  send(to: MemberIndex, packet: Packet): void;
  /** Back into this member, soon. */
  loop(input: LocalInput, delayMs: number): void;
  /** Decoded and checked once for all who get the same bytes. */
  openMessage(bytes: Uint8Array): AuthenticationResult<AgreementMessage>;
  checkMessage(message: AgreementMessage): AuthenticationResult<AgreementMessage>;
  openBatch(bytes: Uint8Array): BatchResult;
  /** What happens to this write. */
  onWrite(entries: readonly JournalEntry[]): WriteFate;
  /** Called for each outbound of a step before it is sent. @returns false when the process is killed here. */
  onSend(): boolean;
  /** The member is down from now on, unless it is started again. */
  onCrash(reason: string): void;
  /** Seen by checkers; durable. */
  onDurable(entries: readonly JournalEntry[]): void;
  onSealed(message: AgreementMessage, to: readonly MemberIndex[]): void;
  onSigned(request: WorkRequest, result: SignerResult): void;
  onCommit(commit: Commit): void;
  onEvent(event: ReplicaEvent): void;
}

/** A write is done, or the process ends at it, with none, a part or all of it on disk. */
export type WriteFate = 'done' | LastWrite | 'disk-full';

/** What travels between members. */
export type Packet =
  | { readonly kind: 'agreement'; readonly bytes: Uint8Array }
  | { readonly kind: 'batch'; readonly bytes: Uint8Array }
  | { readonly kind: 'fetch-batches'; readonly ids: readonly Hash[] }
  | { readonly kind: 'fetch-block'; readonly hash: Hash }
  | { readonly kind: 'fetch-certified'; readonly fromHeight: number; readonly toHeight: number }
  | { readonly kind: 'block'; readonly block: Block }
  /** Of a newcomer, and what it is answered: frames as they are on the wire. */
  | { readonly kind: 'sync-request'; readonly id: number; readonly bytes: Uint8Array }
  | { readonly kind: 'sync-answer'; readonly id: number; readonly frames: readonly Uint8Array[] };

/** What happens inside one member. */
export type LocalInput =
  | { readonly kind: 'own-message'; readonly message: AgreementMessage }
  | { readonly kind: 'timer'; readonly timer: TimerName; readonly setting: number }
  | { readonly kind: 'work'; readonly request: WorkRequest };
