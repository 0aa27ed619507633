import { sha256Hash, verifySignature } from '@cairn/crypto';
import type { GroupArithmetic, PointBytes } from '@cairn/crypto/group';
import { assert, CairnError, type Hash, type PublicKey, type Signature, toPublicKey } from '@cairn/primitives';
import { type Codec, hash, list, MEMBERS_MAX, publicKey, struct, toBytes, uint } from '@cairn/protocol';
import { type DkgContext, dealingHashOf, type SignedDealing, transcriptSigningBytes } from './dkg-message.ts';
import { evaluateCommitments, identifierOf } from './polynomial.ts';
import type { GroupKeySet, KeyShare } from './threshold-scheme.ts';

/** What a member knows when it confirms. Written to disk, sealed, before its confirmation leaves. */
export interface DkgPending {
  readonly context: DkgContext;
  readonly keySet: GroupKeySet;
  readonly keyShare: KeyShare;
  readonly transcriptHash: Hash;
}

/** A live key: the pending one, and all n signatures over the transcript's hash, by member index. */
export interface DkgResult extends DkgPending {
  readonly certificate: readonly Signature[];
}

interface Transcript extends GroupKeySet {
  readonly ceremonyId: Hash;
  readonly members: readonly PublicKey[];
  readonly dealingHashes: readonly Hash[];
}

const transcript: Codec<Transcript> = struct({
  ceremonyId: hash,
  members: list(publicKey, MEMBERS_MAX, 1),
  threshold: uint(MEMBERS_MAX),
  dealingHashes: list(hash, MEMBERS_MAX, 1),
  groupKey: publicKey,
  verificationShares: list(publicKey, MEMBERS_MAX, 1),
});

/** @returns the public keys that all dealings together make, and the hash of all that was public. */
export function closeTranscript(
  context: DkgContext,
  dealings: readonly SignedDealing[],
  arithmetic: GroupArithmetic,
): { readonly keySet: GroupKeySet; readonly transcriptHash: Hash } {
  assert(dealings.length === context.members.length, 'one dealing of each member');
  const sums = sumCommitments(dealings, arithmetic);
  const verificationShares = context.members.map((_, index) =>
    toPublicKey(evaluateCommitments(arithmetic, sums, identifierOf(index))),
  );
  const keySet = { threshold: context.threshold, groupKey: toPublicKey(sums[0] as PointBytes), verificationShares };
  const { ceremonyId, members } = context;
  const body = { ceremonyId, members, dealingHashes: dealings.map(dealingHashOf), ...keySet };
  return { keySet, transcriptHash: sha256Hash(toBytes(transcript, body)) };
}

/** @returns whether a member signed the transcript. */
export function isConfirmation(pending: Omit<DkgPending, 'keyShare'>, member: number, signature: Signature): boolean {
  const { context, transcriptHash } = pending;
  const key = context.members[member];
  return (
    key !== undefined && verifySignature(key, transcriptSigningBytes(context.ceremonyId, transcriptHash), signature)
  );
}

/** "A key is live only for one who holds all n signatures over the transcript's hash" (protocol section 9). */
export function isCertificate(pending: Omit<DkgPending, 'keyShare'>, signatures: readonly Signature[]): boolean {
  return (
    signatures.length === pending.context.members.length &&
    signatures.every((signature, index) => isConfirmation(pending, index, signature))
  );
}

/**
 * "... and that certificate completes whoever missed it": also one that restarted after it had confirmed.
 * @throws THRESHOLD_CERTIFICATE_INVALID unless every member signed this transcript.
 */
export function completeDkg(pending: DkgPending, signatures: readonly Signature[]): DkgResult {
  if (!isCertificate(pending, signatures)) {
    throw new CairnError('THRESHOLD_CERTIFICATE_INVALID', 'not signed by every member', { count: signatures.length });
  }
  return { ...pending, certificate: [...signatures] };
}

function sumCommitments(dealings: readonly SignedDealing[], arithmetic: GroupArithmetic): PointBytes[] {
  return dealings
    .map(({ commitments }) => commitments)
    .reduce((sums, commitments) =>
      sums.map((sum, k) => arithmetic.add(sum, commitments[k] as PointBytes)),
    ) as PointBytes[];
}
