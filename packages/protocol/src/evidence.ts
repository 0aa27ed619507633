import { sha256Hash } from '@cairn/crypto';
import type { Hash, MemberIndex, Signature } from '@cairn/primitives';
import { type BatchItem, ITEM_KINDS } from './batch-item.ts';
import { HEADER_BYTES, HEADER_EPOCH_END_BYTES } from './block-header.ts';
import { memberIndex } from './certificate.ts';
import { bytes, type Codec, fromBytes, hash, list, oneOf, signature, struct, toBytes, uint, union } from './codec.ts';
import { BATCH_ITEMS_MAX, ITEM_BYTES_MAX, MEMBERS_MAX, MERKLE_PATH_MAX, SHOWN_ITEM_BYTES_MAX } from './limits.ts';
import { type NonceCommitment, nonceCommitment } from './nonce-commitment.ts';
import { type Position, positionFields } from './position.ts';

/** One of two signatures that should not both exist. */
export interface SignedHash {
  /** Block hash, or batch id. */
  readonly hash: Hash;
  readonly signature: Signature;
}

interface DoubleVote extends Position {
  readonly member: MemberIndex;
  readonly first: SignedHash;
  readonly second: SignedHash;
}

/** Two Proposals of one (height, view) with different block hashes. */
export interface DoubleProposalEvidence extends DoubleVote {
  readonly kind: 'double-proposal';
}

/** Two PrepareVotes of one (height, view) with different block hashes. */
export interface DoublePrepareEvidence extends DoubleVote {
  readonly kind: 'double-prepare';
}

/** Two batches of one (author, seq). */
export interface DoubleBatchEvidence {
  readonly kind: 'double-batch';
  readonly epoch: number;
  readonly member: MemberIndex;
  readonly seq: number;
  readonly first: SignedHash;
  readonly second: SignedHash;
}

/**
 * A SignatureShare that is invalid for the SignRequest that it names. It stands by itself: the signed text follows from
 * the header and from the frontier, whose root the header names.
 */
export interface InvalidShareEvidence extends Position {
  readonly kind: 'invalid-share';
  readonly member: MemberIndex;
  /** 352 or 448 bytes; their hash is the SignRequest's block. */
  readonly header: Uint8Array;
  /** Frontier hashes of the log over headers 0 .. height - 1, largest subtree first. */
  readonly frontier: readonly Hash[];
  readonly session: number;
  readonly commitments: readonly NonceCommitment[];
  readonly z: Uint8Array;
  readonly signature: Signature;
}

/**
 * An invalid batch: the statement that its author signed, and one item of it that no honest member packs, or a base height
 * of another epoch than the batch names. The other items are not needed.
 */
export interface InvalidBatchEvidence {
  readonly kind: 'invalid-batch';
  readonly epoch: number;
  /** Its author. */
  readonly member: MemberIndex;
  readonly seq: number;
  readonly baseHeight: number;
  readonly itemCount: number;
  readonly itemsRoot: Hash;
  readonly index: number;
  readonly item: BatchItem;
  /** Of the item, to `itemsRoot`. */
  readonly path: readonly Hash[];
  /** The author's, over the batch's statement. */
  readonly signature: Signature;
}

/** Messages signed by the accused that stand by themselves (protocol section 5.6). */
export type Evidence =
  | DoubleProposalEvidence
  | DoublePrepareEvidence
  | DoubleBatchEvidence
  | InvalidShareEvidence
  | InvalidBatchEvidence;
export type EvidenceKind = Evidence['kind'];
/** Order frozen: that of the wire. */
export const EVIDENCE_KINDS = [
  'double-proposal',
  'double-prepare',
  'double-batch',
  'invalid-share',
  'invalid-batch',
] as const satisfies readonly EvidenceKind[];

const signedHash: Codec<SignedHash> = struct({ hash, signature });
const doubleVote: Codec<DoubleVote> = struct({
  ...positionFields,
  member: memberIndex,
  first: signedHash,
  second: signedHash,
});
const evidenceCodec: Codec<Evidence> = union<Evidence>({
  'double-proposal': doubleVote,
  'double-prepare': doubleVote,
  'double-batch': struct({ epoch: uint(), member: memberIndex, seq: uint(), first: signedHash, second: signedHash }),
  'invalid-share': struct({
    ...positionFields,
    member: memberIndex,
    header: bytes(HEADER_EPOCH_END_BYTES, HEADER_BYTES),
    frontier: list(hash, MERKLE_PATH_MAX),
    session: uint(1_000_000),
    commitments: list(nonceCommitment, MEMBERS_MAX, 1),
    z: bytes(32, 32),
    signature,
  }),
  'invalid-batch': struct({
    epoch: uint(),
    member: memberIndex,
    seq: uint(),
    baseHeight: uint(),
    itemCount: uint(BATCH_ITEMS_MAX),
    itemsRoot: hash,
    index: uint(BATCH_ITEMS_MAX - 1),
    item: struct({ kind: oneOf(ITEM_KINDS), bytes: bytes(SHOWN_ITEM_BYTES_MAX, 1) }),
    path: list(hash, MERKLE_PATH_MAX),
    signature,
  }),
});

export function encodeEvidence(evidence: Evidence): Uint8Array {
  return toBytes(evidenceCodec, evidence);
}

/** @throws PROTOCOL_BYTES_EXCEEDED, PROTOCOL_CBOR_MALFORMED, PROTOCOL_SHAPE_INVALID. No signature is checked here. */
export function decodeEvidence(encoded: Uint8Array): Evidence {
  return fromBytes(evidenceCodec, encoded, ITEM_BYTES_MAX);
}

/** SHA-256 of the encoded item. */
export function evidenceId(encoded: Uint8Array): Hash {
  return sha256Hash(encoded);
}

/**
 * One item per (member, kind, height) counts. Two batches have no height, so their seq stands for it; of invalid batches,
 * which their author may make without end, one in an epoch is enough.
 */
export function evidenceSlot(evidence: Evidence): string {
  return `${evidence.member}/${evidence.kind}/${numberOf(evidence)}`;
}

function numberOf(evidence: Evidence): number {
  switch (evidence.kind) {
    case 'double-batch':
      return evidence.seq;
    case 'invalid-batch':
      return 0;
    default:
      return evidence.height;
  }
}
