import { sha256Hash } from '@cairn/crypto';
import type { Hash, MemberIndex, Signature } from '@cairn/primitives';
import { type Block, blockCodec, type CertifiedBlock, certifiedBlockCodec } from './block.ts';
import {
  memberIndex,
  type PrepareCertificate,
  prepareCertificate,
  type TimeoutCertificate,
  type TimeoutStatement,
  timeoutCertificate,
} from './certificate.ts';
import {
  bytes,
  type Codec,
  fromBytes,
  hash,
  int,
  list,
  nullable,
  signature,
  struct,
  toBytes,
  uint,
  union,
} from './codec.ts';
import { signingBytesOf } from './domain.ts';
import { AGREEMENT_BYTES_MAX, MEMBERS_MAX, MISSING_BATCHES_MAX } from './limits.ts';
import { type NonceCommitment, nonceCommitment } from './nonce-commitment.ts';
import { type Position, positionFields } from './position.ts';

/** Step 1, leader to all. Its signature covers {position, hash of the block's header} under kind `proposal`. */
export interface Proposal extends Position {
  readonly kind: 'proposal';
  readonly member: MemberIndex;
  readonly block: Block;
  /** Of exactly view - 1 of this height; null in view 0. */
  readonly timeoutCertificate: TimeoutCertificate | null;
  readonly signature: Signature;
}

/** Step 2, each to leader. */
export interface PrepareVote extends Position {
  readonly kind: 'prepare-vote';
  readonly member: MemberIndex;
  readonly blockHash: Hash;
  readonly signature: Signature;
  /** Beside the vote, signed by itself for the same position. */
  readonly commitment: NonceCommitment;
}

/** Step 3, leader to the chosen q. */
export interface SignRequest extends Position {
  readonly kind: 'sign-request';
  readonly member: MemberIndex;
  readonly blockHash: Hash;
  /** Counts the leader's sessions in this view. */
  readonly session: number;
  /** Exactly q distinct members in index order. */
  readonly commitments: readonly NonceCommitment[];
  readonly signature: Signature;
  readonly certificate: PrepareCertificate;
}

/** Step 4, each chosen to leader. */
export interface SignatureShare extends Position {
  readonly kind: 'signature-share';
  readonly member: MemberIndex;
  readonly signRequestHash: Hash;
  /** 32-byte little-endian scalar. */
  readonly z: Uint8Array;
  readonly signature: Signature;
  /** For the leader's next session of this view. */
  readonly nextCommitment: NonceCommitment | null;
}

/** `unknown nonce`: the SignRequest names a dead nonce; here is a fresh commitment. */
export interface NonceRefusal extends Position {
  readonly kind: 'nonce-refusal';
  readonly member: MemberIndex;
  readonly signRequestHash: Hash;
  readonly commitment: NonceCommitment;
  readonly signature: Signature;
}

/** How a member came into its view: the timeout certificate of the view before, or a prepare certificate of the view itself. */
export type EntryCertificate =
  | { readonly kind: 'timeout'; readonly certificate: TimeoutCertificate }
  | { readonly kind: 'prepare'; readonly certificate: PrepareCertificate };

/** Says that its sender never again prepares or signs in this view or an earlier one of this height. */
export interface TimeoutVote extends TimeoutStatement {
  readonly kind: 'timeout-vote';
  readonly member: MemberIndex;
  readonly signature: Signature;
  /** The certificate that (highView, highHash) name; null when highView is -1. */
  readonly highCertificate: PrepareCertificate | null;
  /** Null in view 0. */
  readonly entry: EntryCertificate | null;
  /** Batches that the sender waits for. */
  readonly missingBatches: readonly Hash[];
}

/** Step 5, leader to all. */
export interface CertifiedBlockMessage {
  readonly kind: 'certified-block';
  readonly certified: CertifiedBlock;
}

export type AgreementMessage =
  | Proposal
  | PrepareVote
  | SignRequest
  | SignatureShare
  | NonceRefusal
  | TimeoutVote
  | CertifiedBlockMessage;

export const entryCertificateCodec: Codec<EntryCertificate> = union<EntryCertificate>({
  timeout: struct({ certificate: timeoutCertificate }),
  prepare: struct({ certificate: prepareCertificate }),
});

const scalar = bytes(32, 32);
const session = uint(1_000_000);

export const agreementMessageCodec: Codec<AgreementMessage> = union<AgreementMessage>({
  proposal: struct({
    ...positionFields,
    member: memberIndex,
    block: blockCodec,
    timeoutCertificate: nullable(timeoutCertificate),
    signature,
  }),
  'prepare-vote': struct({
    ...positionFields,
    member: memberIndex,
    blockHash: hash,
    signature,
    commitment: nonceCommitment,
  }),
  'sign-request': struct({
    ...positionFields,
    member: memberIndex,
    blockHash: hash,
    session,
    commitments: list(nonceCommitment, MEMBERS_MAX, 1),
    signature,
    certificate: prepareCertificate,
  }),
  'signature-share': struct({
    ...positionFields,
    member: memberIndex,
    signRequestHash: hash,
    z: scalar,
    signature,
    nextCommitment: nullable(nonceCommitment),
  }),
  'nonce-refusal': struct({
    ...positionFields,
    member: memberIndex,
    signRequestHash: hash,
    commitment: nonceCommitment,
    signature,
  }),
  'timeout-vote': struct({
    ...positionFields,
    highView: int,
    highHash: hash,
    member: memberIndex,
    signature,
    highCertificate: nullable(prepareCertificate),
    entry: nullable(entryCertificateCodec),
    missingBatches: list(hash, MISSING_BATCHES_MAX),
  }),
  'certified-block': struct({ certified: certifiedBlockCodec }),
});

export function encodeAgreementMessage(message: AgreementMessage): Uint8Array {
  return toBytes(agreementMessageCodec, message);
}

/** @throws PROTOCOL_BYTES_EXCEEDED, PROTOCOL_CBOR_MALFORMED, PROTOCOL_SHAPE_INVALID, PROTOCOL_HEADER_MALFORMED */
export function decodeAgreementMessage(encoded: Uint8Array): AgreementMessage {
  return fromBytes(agreementMessageCodec, encoded, AGREEMENT_BYTES_MAX);
}

type SignRequestBody = Omit<SignRequest, 'kind' | 'member' | 'signature' | 'certificate'>;
const signRequestBody: Codec<SignRequestBody> = struct({
  ...positionFields,
  blockHash: hash,
  session,
  commitments: list(nonceCommitment, MEMBERS_MAX, 1),
});
type ShareBody = Pick<SignatureShare, 'epoch' | 'height' | 'view' | 'signRequestHash' | 'z'>;
const shareBody: Codec<ShareBody> = struct({ ...positionFields, signRequestHash: hash, z: scalar });
type RefusalBody = Pick<NonceRefusal, 'epoch' | 'height' | 'view' | 'signRequestHash'>;
const refusalBody: Codec<RefusalBody> = struct({ ...positionFields, signRequestHash: hash });

/** Names one signing session: hash of {position, block, session, commitments}. */
export function signRequestHash(request: SignRequestBody): Hash {
  return sha256Hash(toBytes(signRequestBody, request));
}

/** The bytes that the leader's signature covers: its certificate proves itself. */
export const signRequestSigningBytes = signingBytesOf('sign-request', signRequestBody);
/** The bytes that a signer's signature covers; the commitment for the next session has its own. */
export const signatureShareSigningBytes = signingBytesOf('signature-share', shareBody);
/** The bytes that a signer's signature covers; the fresh commitment has its own. */
export const nonceRefusalSigningBytes = signingBytesOf('nonce-refusal', refusalBody);
