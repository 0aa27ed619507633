import type { Hash, MemberIndex, Signature } from '@cairn/primitives';
import type {
  Block,
  CertifiedBlock,
  EntryCertificate,
  Evidence,
  EvidenceKind,
  PrepareCertificate,
  SignatureShare,
  SignRequest,
  TimeoutVote,
  UnsignedAgreement,
  UnsignedMessage,
} from '@cairn/protocol';

/** What must be durable before anything of the same step leaves the member. */
export type VotingEntry =
  | { readonly kind: 'entered'; readonly height: number; readonly view: number; readonly entry: EntryCertificate }
  /** A leader makes one proposal per view, for ever. */
  | { readonly kind: 'proposed'; readonly height: number; readonly view: number; readonly block: Uint8Array }
  | {
      readonly kind: 'prepared';
      readonly height: number;
      readonly view: number;
      readonly hash: Hash;
      readonly block: Uint8Array;
    }
  | { readonly kind: 'high-certificate'; readonly height: number; readonly certificate: PrepareCertificate }
  /** After it, the member never again prepares or signs in this view or an earlier one. */
  | {
      readonly kind: 'timed-out';
      readonly height: number;
      readonly view: number;
      readonly vote: UnsignedMessage<TimeoutVote>;
    };

/** What of a height survives a crash. */
export interface VotingRecord {
  readonly entered: { readonly view: number; readonly entry: EntryCertificate } | null;
  /** Every own proposal of this height. */
  readonly proposed: readonly { readonly view: number; readonly block: Uint8Array }[];
  /** The highest view. */
  readonly prepared: { readonly view: number; readonly hash: Hash; readonly block: Uint8Array } | null;
  readonly highCertificate: PrepareCertificate | null;
  readonly timedOut: { readonly view: number; readonly vote: UnsignedMessage<TimeoutVote> } | null;
}

export const EMPTY_VOTING_RECORD: VotingRecord = {
  entered: null,
  proposed: [],
  prepared: null,
  highCertificate: null,
  timedOut: null,
};

/** Slow or secret work. The signer behind it owns key share and nonces. */
export type SignerRequest =
  | { readonly kind: 'commit-nonce'; readonly epoch: number; readonly height: number; readonly view: number }
  /** Destroys every nonce of heights below `height`, and of `height` in views up to `view`. No result. */
  | { readonly kind: 'destroy-nonces'; readonly height: number; readonly view: number }
  | {
      readonly kind: 'sign';
      readonly request: UnsignedMessage<SignRequest>;
      readonly requestHash: Hash;
      readonly text: Uint8Array;
    }
  | {
      readonly kind: 'aggregate';
      readonly request: UnsignedMessage<SignRequest>;
      readonly requestHash: Hash;
      readonly text: Uint8Array;
      readonly shares: readonly { readonly member: MemberIndex; readonly z: Uint8Array }[];
    };

export interface CommitmentPoints {
  readonly hiding: Uint8Array;
  readonly binding: Uint8Array;
}

export type SignerResult =
  | ({ readonly kind: 'nonce'; readonly height: number; readonly view: number } & CommitmentPoints)
  /** `next`: a fresh commitment of the same height and view, for the leader's next session. */
  | {
      readonly kind: 'share';
      readonly requestHash: Hash;
      readonly z: Uint8Array;
      readonly next: CommitmentPoints;
    }
  | { readonly kind: 'unknown-nonce'; readonly requestHash: Hash; readonly fresh: CommitmentPoints }
  | { readonly kind: 'aggregated'; readonly requestHash: Hash; readonly signature: Signature }
  | { readonly kind: 'culprits'; readonly requestHash: Hash; readonly members: readonly MemberIndex[] };

export type AgreementTimer = 'view' | 'resend' | 'session';

/** What one height's agreement asks of the replica, in order. */
export type AgreementEffect =
  | { readonly kind: 'journal'; readonly entry: VotingEntry }
  | { readonly kind: 'send'; readonly to: readonly MemberIndex[]; readonly message: UnsignedAgreement }
  | { readonly kind: 'gossip'; readonly message: UnsignedAgreement }
  | { readonly kind: 'set-timer'; readonly timer: AgreementTimer; readonly delayMs: number }
  | { readonly kind: 'cancel-timer'; readonly timer: AgreementTimer }
  | { readonly kind: 'work'; readonly request: Extract<SignerRequest, { kind: 'commit-nonce' | 'destroy-nonces' }> }
  /** The replica adds the checkpoint text, from its own headers. */
  | {
      readonly kind: 'sign';
      readonly block: Block;
      readonly request: UnsignedMessage<SignRequest>;
      readonly requestHash: Hash;
    }
  | {
      readonly kind: 'aggregate';
      readonly block: Block;
      readonly request: UnsignedMessage<SignRequest>;
      readonly requestHash: Hash;
      readonly shares: readonly { readonly member: MemberIndex; readonly z: Uint8Array }[];
    }
  /** Get its batches, execute it, answer with `onValidated`. */
  | { readonly kind: 'validate'; readonly hash: Hash; readonly block: Block; readonly proposer: MemberIndex }
  /** Ask these members for the block with this hash; answer with `onBlock`. */
  | { readonly kind: 'need-block'; readonly hash: Hash; readonly from: readonly MemberIndex[] }
  | { readonly kind: 'certified'; readonly certified: CertifiedBlock }
  /** Two messages of the accused that no honest member signs both of. */
  | { readonly kind: 'accuse'; readonly evidence: Evidence }
  /** A share that is invalid for its session; the replica adds header and frontier, so that it stands by itself. */
  | {
      readonly kind: 'accuse-share';
      readonly block: Block;
      readonly request: UnsignedMessage<SignRequest>;
      readonly share: SignatureShare;
    }
  | { readonly kind: 'event'; readonly event: AgreementEvent };

export type AgreementEvent =
  | { readonly kind: 'view-entered'; readonly height: number; readonly view: number }
  | { readonly kind: 'proposed'; readonly height: number; readonly view: number; readonly batchCount: number }
  | { readonly kind: 'prepared'; readonly height: number; readonly view: number }
  | { readonly kind: 'timed-out'; readonly height: number; readonly view: number }
  | { readonly kind: 'session-opened'; readonly height: number; readonly view: number; readonly session: number }
  | { readonly kind: 'share-invalid'; readonly height: number; readonly member: MemberIndex }
  | { readonly kind: 'refused'; readonly message: string; readonly reason: string; readonly member: MemberIndex | null }
  | { readonly kind: 'evidence'; readonly member: MemberIndex; readonly evidence: EvidenceKind };
