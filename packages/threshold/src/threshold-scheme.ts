import type { MemberIndex, PublicKey, Signature } from '@cairn/primitives';
import type { SecretNonces } from './secret-nonces.ts';

/** What one member holds of the group secret. `secretShare` never leaves the signer; it is wiped when the epoch ends. */
export interface KeyShare {
  /** Position in the committee, from 0; the FROST identifier is one more. */
  readonly index: MemberIndex;
  readonly groupKey: PublicKey;
  /** secretShare * B: how others check this member's signature shares. */
  readonly verificationShare: PublicKey;
  /** 32-byte little-endian scalar. */
  readonly secretShare: Uint8Array;
}

/** The public side of a group key: what everyone knows of a committee. */
export interface GroupKeySet {
  readonly threshold: number;
  readonly groupKey: PublicKey;
  /** One for each member, by index. */
  readonly verificationShares: readonly PublicKey[];
}

/** The two public points of a nonce, 32 bytes each (RFC 9591 section 5.1: D and E). */
export interface NoncePoints {
  readonly hiding: Uint8Array;
  readonly binding: Uint8Array;
}

/** A nonce's points with the member that made them. */
export interface IndexedNoncePoints extends NoncePoints {
  readonly index: MemberIndex;
}

/** One member's part of a signature: a 32-byte little-endian scalar. */
export interface IndexedShare {
  readonly index: MemberIndex;
  readonly z: Uint8Array;
}

/** What a session signs, and with whom. */
export interface SessionParameters {
  readonly message: Uint8Array;
  readonly groupKey: PublicKey;
  /** Ascending by index, no index twice. Points were checked with `isValidCommitment` when they arrived. */
  readonly commitments: readonly IndexedNoncePoints[];
}

/** A signature, or the members whose shares are wrong, ascending. */
export type AggregateResult =
  | { readonly kind: 'signed'; readonly signature: Signature }
  | { readonly kind: 'refused'; readonly culprits: readonly MemberIndex[] };

/** One signing of one message by one fixed set of members. What all of it shares is computed once, at the start. */
export interface SigningSession {
  readonly parameters: SessionParameters;
  /**
   * Makes this member's share and spends the nonce, in that case and only then.
   * @returns a 32-byte little-endian scalar.
   * @throws THRESHOLD_NONCE_SPENT, THRESHOLD_COMMITMENT_MISMATCH, THRESHOLD_KEY_MISMATCH.
   */
  signShare(keyShare: KeyShare, nonces: SecretNonces): Uint8Array;
  /** @returns false for a wrong share, a share of no scalar, and a member that is not in the session. Never throws. */
  verifyShare(share: IndexedShare, verificationShare: PublicKey): boolean;
  /**
   * Adds up the shares and checks the sum as one signature; only if that fails are the shares checked one by one.
   * @param shares one for each member of the session, in any order.
   * @param verificationShares of the whole committee, by index.
   */
  aggregate(shares: readonly IndexedShare[], verificationShares: readonly PublicKey[]): AggregateResult;
}

/** How a committee signs together: FROST, or in the simulator a toy with the same steps and the same refusals. */
export interface ThresholdScheme {
  readonly name: string;
  /** @param random 64 fresh random bytes, 32 for each nonce; wiped. */
  commitNonce(
    keyShare: KeyShare,
    random: Uint8Array,
  ): { readonly nonces: SecretNonces; readonly commitment: NoncePoints };
  /** Asked once for every commitment, when it arrives. Never throws. */
  isValidCommitment(points: NoncePoints): boolean;
  /** @throws THRESHOLD_COMMITMENTS_INVALID, and CRYPTO_POINT_INVALID for points that were not checked. */
  createSession(parameters: SessionParameters): SigningSession;
  /** How a consumer checks the group's signature. Never throws. */
  verifySignature(groupKey: PublicKey, message: Uint8Array, signature: Signature): boolean;
}
