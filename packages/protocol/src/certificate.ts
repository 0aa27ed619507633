import { sha256Hash } from '@cairn/crypto';
import type { Hash, MemberIndex, Signature } from '@cairn/primitives';
import {
  type Codec,
  fromBytes,
  hash,
  int,
  list,
  nullable,
  refuseShape,
  signature,
  struct,
  toBytes,
  uint,
} from './codec.ts';
import { signingBytesOf } from './domain.ts';
import { AGREEMENT_BYTES_MAX, MEMBERS_MAX } from './limits.ts';
import { type Position, positionFields } from './position.ts';

/** What a Proposal's and a PrepareVote's signature cover, each under its own kind. */
export interface BlockStatement extends Position {
  readonly blockHash: Hash;
}
export const blockStatement: Codec<BlockStatement> = struct({ ...positionFields, blockHash: hash });

/** One member's signature over the certificate's common statement. */
export interface MemberSignature {
  readonly member: MemberIndex;
  readonly signature: Signature;
}
export const memberIndex = uint(MEMBERS_MAX - 1);
const memberSignature: Codec<MemberSignature> = struct({ member: memberIndex, signature });

/** q PrepareVotes or more for one block in one view; votes ascend by member. */
export interface PrepareCertificate extends BlockStatement {
  readonly votes: readonly MemberSignature[];
}
export const prepareCertificate: Codec<PrepareCertificate> = ascending(
  struct({ ...positionFields, blockHash: hash, votes: list(memberSignature, MEMBERS_MAX, 1) }),
);

/** The highest prepare certificate that a member has written, named by view and block; view -1 stands for none. */
export interface HighStatement {
  readonly highView: number;
  /** Zero hash when highView is -1. */
  readonly highHash: Hash;
}

/** What a TimeoutVote's signature covers. */
export interface TimeoutStatement extends Position, HighStatement {}
const highView: Codec<number> = {
  encode: int.encode,
  decode: (value) => {
    const view = int.decode(value);
    return view >= -1 ? view : refuseShape('a view or -1');
  },
};
export const timeoutStatement: Codec<TimeoutStatement> = struct({ ...positionFields, highView, highHash: hash });

export interface TimeoutSignature extends HighStatement, MemberSignature {}
const timeoutSignature: Codec<TimeoutSignature> = struct({ member: memberIndex, highView, highHash: hash, signature });

/** q TimeoutVotes of one view, with the one highest prepare certificate in full. */
export interface TimeoutCertificate extends Position {
  readonly votes: readonly TimeoutSignature[];
  readonly highCertificate: PrepareCertificate | null;
}
export const timeoutCertificate: Codec<TimeoutCertificate> = ascending(
  struct({
    ...positionFields,
    votes: list(timeoutSignature, MEMBERS_MAX, 1),
    highCertificate: nullable(prepareCertificate),
  }),
);

/** Refuses lists whose members do not strictly ascend: one vote a member, one encoding a certificate. */
function ascending<T extends { readonly votes: readonly MemberSignature[] }>(codec: Codec<T>): Codec<T> {
  return {
    encode: codec.encode,
    decode: (value) => {
      const certificate = codec.decode(value);
      certificate.votes.forEach((vote, i) => {
        if (i > 0 && vote.member <= (certificate.votes[i - 1] as MemberSignature).member)
          refuseShape('ascending members');
      });
      return certificate;
    },
  };
}

/** The bytes that a leader's signature covers. */
export const proposalSigningBytes = signingBytesOf('proposal', blockStatement);
/** The bytes that a voter's signature covers; its nonce commitment has its own. */
export const prepareVoteSigningBytes = signingBytesOf('prepare-vote', blockStatement);
/** The bytes that the signature of a TimeoutVote covers (5.3). */
export const timeoutVoteSigningBytes = signingBytesOf('timeout-vote', timeoutStatement);

export function encodePrepareCertificate(certificate: PrepareCertificate): Uint8Array {
  return toBytes(prepareCertificate, certificate);
}

/** @throws PROTOCOL_BYTES_EXCEEDED, PROTOCOL_CBOR_MALFORMED, PROTOCOL_SHAPE_INVALID */
export function decodePrepareCertificate(bytes: Uint8Array): PrepareCertificate {
  return fromBytes(prepareCertificate, bytes, AGREEMENT_BYTES_MAX);
}

/** What `parentCertificateHash` of the next header is. */
export function prepareCertificateHash(certificate: PrepareCertificate): Hash {
  let hash = hashes.get(certificate);
  if (hash === undefined) {
    hash = sha256Hash(encodePrepareCertificate(certificate));
    hashes.set(certificate, hash);
  }
  return hash;
}

/** Asked for with each block that carries it; a certificate never changes. */
const hashes = new WeakMap<PrepareCertificate, Hash>();
