import { sha256Hash, verifySignature } from '@cairn/crypto';
import { fromHex, type Hash, type MemberIndex, type PublicKey, type Signature } from '@cairn/primitives';
import {
  bytes,
  type Codec,
  fromBytes,
  hash,
  list,
  MEMBERS_MAX,
  memberIndex,
  signature,
  signingBytes,
  struct,
  toBytes,
  union,
} from '@cairn/protocol';

/** Upper bound of an encoded ceremony message: the confirmation of the largest committee, with room. */
export const DKG_MESSAGE_BYTES_MAX = 16_384;

/** Who generates a key, in which ceremony. Equal for all of them. */
export interface DkgContext {
  /** Hash of draft genesis, run number and rehearsal flag: stands for the network id, which does not exist yet. */
  readonly ceremonyId: Hash;
  /** Identity keys, by member index. */
  readonly members: readonly PublicKey[];
  readonly threshold: number;
}

/** Round 1: what a dealer says to all. */
export interface SignedDealing {
  /** Coefficients times B, the constant's first: as many as the threshold, 32 bytes each. */
  readonly commitments: readonly Uint8Array[];
  /** Proof of knowledge of the constant: R || mu, 64 bytes. */
  readonly proof: Uint8Array;
  /** The dealer's, over the dealing's hash: two of them for different hashes are evidence. */
  readonly signature: Signature;
}

/** Round 2: a dealer's secret for one recipient, over a stream that only the two can read. */
export interface SignedSubShare {
  readonly dealingHash: Hash;
  /** 32-byte little-endian scalar: the dealer's polynomial at the recipient's identifier. */
  readonly subShare: Uint8Array;
  /** The dealer's, so that a wrong share is evidence by itself. */
  readonly signature: Signature;
}

/** A dealing by its hash, with its dealer's signature. */
export interface DealingReference {
  readonly dealingHash: Hash;
  readonly signature: Signature;
}

/** Stands by itself: whoever knows the context can judge it, whoever shows it. */
export type DkgEvidence =
  | { readonly kind: 'invalid-dealing'; readonly dealer: MemberIndex; readonly dealing: SignedDealing }
  | {
      readonly kind: 'invalid-share';
      readonly dealer: MemberIndex;
      readonly recipient: MemberIndex;
      readonly dealing: SignedDealing;
      readonly share: SignedSubShare;
    }
  | {
      readonly kind: 'two-dealings';
      readonly dealer: MemberIndex;
      readonly first: DealingReference;
      readonly second: DealingReference;
    };

/** What members of a ceremony say to each other. */
export type DkgMessage =
  | ({ readonly kind: 'dkg-dealing' } & SignedDealing)
  | ({ readonly kind: 'dkg-share' } & SignedSubShare)
  | {
      readonly kind: 'dkg-confirm';
      /** The dealings that the sender holds, by dealer: so that one who dealt twice is found. */
      readonly dealings: readonly DealingReference[];
      /** The sender's, over the transcript's hash. */
      readonly signature: Signature;
    }
  | { readonly kind: 'dkg-accusation'; readonly evidence: DkgEvidence }
  | { readonly kind: 'dkg-certificate'; readonly signatures: readonly Signature[] };

const point = bytes(32, 32);
const dealing: Codec<SignedDealing> = struct({
  commitments: list(point, MEMBERS_MAX, 1),
  proof: bytes(64, 64),
  signature,
});
const subShare: Codec<SignedSubShare> = struct({ dealingHash: hash, subShare: bytes(32, 32), signature });
const reference: Codec<DealingReference> = struct({ dealingHash: hash, signature });
const evidence: Codec<DkgEvidence> = union<DkgEvidence>({
  'invalid-dealing': struct({ dealer: memberIndex, dealing }),
  'invalid-share': struct({ dealer: memberIndex, recipient: memberIndex, dealing, share: subShare }),
  'two-dealings': struct({ dealer: memberIndex, first: reference, second: reference }),
});
const message: Codec<DkgMessage> = union<DkgMessage>({
  'dkg-dealing': dealing,
  'dkg-share': subShare,
  'dkg-confirm': struct({ dealings: list(reference, MEMBERS_MAX, 1), signature }),
  'dkg-accusation': struct({ evidence }),
  'dkg-certificate': struct({ signatures: list(signature, MEMBERS_MAX, 1) }),
});

/** Canonical bytes of a message. */
export function encodeDkgMessage(value: DkgMessage): Uint8Array {
  return toBytes(message, value);
}

/** @throws PROTOCOL_BYTES_EXCEEDED, PROTOCOL_CBOR_MALFORMED, PROTOCOL_SHAPE_INVALID. */
export function decodeDkgMessage(encoded: Uint8Array): DkgMessage {
  return fromBytes(message, encoded, DKG_MESSAGE_BYTES_MAX);
}

const dealingBody: Codec<Omit<SignedDealing, 'signature'>> = struct({
  commitments: list(point, MEMBERS_MAX, 1),
  proof: bytes(64, 64),
});

/** @returns the hash by which a dealing is signed and referred to. */
export function dealingHashOf({ commitments, proof }: Omit<SignedDealing, 'signature'>): Hash {
  return sha256Hash(toBytes(dealingBody, { commitments, proof }));
}

/** What a dealer signs with its identity key. */
export type DealerStatement =
  | { readonly kind: 'dealing'; readonly dealer: MemberIndex; readonly dealingHash: Hash }
  | {
      readonly kind: 'share';
      readonly dealer: MemberIndex;
      readonly recipient: MemberIndex;
      readonly dealingHash: Hash;
      readonly subShare: Uint8Array;
    };

const statement: Codec<DealerStatement> = union<DealerStatement>({
  dealing: struct({ dealer: memberIndex, dealingHash: hash }),
  share: struct({ dealer: memberIndex, recipient: memberIndex, dealingHash: hash, subShare: bytes(32, 32) }),
});

/** The bytes that a dealer's signature covers. */
export function dealerSigningBytes(ceremonyId: Hash, value: DealerStatement): Uint8Array {
  return signingBytes('dkg-message', ceremonyId, toBytes(statement, value));
}

/** @returns whether the dealer of the statement signed it. */
export function isSignedByDealer(context: DkgContext, value: DealerStatement, signed: Signature): boolean {
  const key = context.members[value.dealer];
  return key !== undefined && verifySignature(key, dealerSigningBytes(context.ceremonyId, value), signed);
}

/** The bytes that a member's confirmation covers. */
export function transcriptSigningBytes(ceremonyId: Hash, transcriptHash: Hash): Uint8Array {
  return signingBytes('dkg-transcript', ceremonyId, fromHex(transcriptHash, 32));
}
