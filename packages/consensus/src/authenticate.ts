import type { Authenticated, MemberIndex, NetworkId, PublicKey, Quorum, Signature } from '@cairn/primitives';
import {
  type AgreementMessage,
  type Committee,
  type EntryCertificate,
  epochOfHeight,
  headerHash,
  isBlockWhole,
  type NonceCommitment,
  nonceCommitmentSigningBytes,
  nonceRefusalSigningBytes,
  type Position,
  type PrepareCertificate,
  prepareVoteSigningBytes,
  proposalSigningBytes,
  signatureShareSigningBytes,
  signRequestSigningBytes,
  type TimeoutCertificate,
  type TimeoutVote,
  timeoutVoteSigningBytes,
} from '@cairn/protocol';
import { prepareCertificateFault, timeoutCertificateFault } from './check-certificate.ts';
import type { CommitmentPoints } from './effects.ts';

export type VerifySignature = (publicKey: PublicKey, message: Uint8Array, signature: Signature) => boolean;

export interface Door {
  readonly networkId: NetworkId;
  readonly committee: Committee;
  readonly quorum: Quorum;
  /** Blocks of one epoch: a height belongs to one epoch, and a message says which. */
  readonly epochBlocks: number;
  /** The house rule for Ed25519, perhaps behind a cache of what was verified before. */
  readonly verify: VerifySignature;
  /** Whether both points are canonical and of prime order: checked once, when they arrive. */
  readonly isValidCommitment: (points: CommitmentPoints) => boolean;
}

export type AuthenticationResult<M extends AgreementMessage> =
  | { readonly ok: true; readonly message: Authenticated<M> }
  | { readonly ok: false; readonly fault: string };

/**
 * Checks every signature in a message, nested certificates included, and the shape that goes with them.
 * The only place that mints `Authenticated`. The group signature of a certified block is not checked here: its text
 * needs the receiver's own log, so `replica` checks it.
 */
export function authenticate<M extends AgreementMessage>(message: M, door: Door): AuthenticationResult<M> {
  const fault = faultOf(message, door);
  return fault === null ? { ok: true, message: message as unknown as Authenticated<M> } : { ok: false, fault };
}

function faultOf(message: AgreementMessage, door: Door): string | null {
  if (message.kind === 'certified-block') {
    const { block, certificate } = message.certified;
    const hash = headerHash(block.header);
    if (certificate.blockHash !== hash || certificate.height !== block.header.height)
      return 'certificate of another block';
    if (block.header.networkId !== door.networkId) return 'of another network';
    if (!isBlockWhole(block)) return 'its batch ids or parent certificate are not those of its header';
    return prepareFault(certificate, door);
  }
  if (message.epoch !== epochOfHeight(message.height, door.epochBlocks)) return 'not of the epoch of its height';
  if (message.member >= door.quorum.members) return 'its sender is not a member';
  return ownFault(message, door) ?? attachedFault(message, door);
}

/** The sender's own signature over the message. */
function ownFault(message: Exclude<AgreementMessage, { kind: 'certified-block' }>, door: Door): string | null {
  const signed = (bytes: Uint8Array) => signatureFault(message.member, bytes, message.signature, door);
  switch (message.kind) {
    case 'proposal': {
      const { epoch, height, view } = message;
      return signed(
        proposalSigningBytes(door.networkId, { epoch, height, view, blockHash: headerHash(message.block.header) }),
      );
    }
    case 'prepare-vote':
      return signed(prepareVoteSigningBytes(door.networkId, message));
    case 'sign-request':
      return signed(signRequestSigningBytes(door.networkId, message));
    case 'signature-share':
      return signed(signatureShareSigningBytes(door.networkId, message));
    case 'nonce-refusal':
      return signed(nonceRefusalSigningBytes(door.networkId, message));
    case 'timeout-vote':
      return signed(timeoutVoteSigningBytes(door.networkId, message));
  }
}

/** What stands inside the message and was signed by others, or for another purpose. */
function attachedFault(message: Exclude<AgreementMessage, { kind: 'certified-block' }>, door: Door): string | null {
  switch (message.kind) {
    case 'proposal': {
      const { header, parentCertificate } = message.block;
      if (header.height !== message.height || header.epoch !== message.epoch) return 'its block is of another height';
      if (header.networkId !== door.networkId) return 'its block is of another network';
      if (!isBlockWhole(message.block)) return 'its batch ids or parent certificate are not those of its header';
      if ((message.view === 0) !== (message.timeoutCertificate === null))
        return 'a timeout certificate is due in views above 0 only';
      const timeout = message.timeoutCertificate;
      if (timeout !== null && timeout.height !== message.height) return 'its timeout certificate is of another height';
      return (timeout && timeoutFault(timeout, door)) ?? (parentCertificate && prepareFault(parentCertificate, door));
    }
    case 'prepare-vote':
      return commitmentFault(message.commitment, message.member, message, door);
    case 'sign-request': {
      const { certificate, commitments } = message;
      if (!isSamePosition(certificate, message) || certificate.blockHash !== message.blockHash)
        return 'certificate of another block';
      // A signer refuses a SignRequest unless its list holds exactly q distinct members in index order.
      if (commitments.length !== door.quorum.certified) return 'not exactly q commitments';
      let previous = -1;
      for (const commitment of commitments) {
        if (commitment.member <= previous) return 'commitments not in index order';
        previous = commitment.member;
        const fault = commitmentFault(commitment, commitment.member, message, door);
        if (fault !== null) return fault;
      }
      return prepareFault(certificate, door);
    }
    case 'signature-share':
      return message.nextCommitment && commitmentFault(message.nextCommitment, message.member, message, door);
    case 'nonce-refusal':
      return commitmentFault(message.commitment, message.member, message, door);
    case 'timeout-vote':
      return timeoutVoteFault(message, door);
  }
}

function timeoutVoteFault(vote: TimeoutVote, door: Door): string | null {
  const { highCertificate: high } = vote;
  if (vote.highView > vote.view) return 'names a certificate of a later view';
  if ((vote.highView === -1) !== (high === null)) return 'the certificate that it names is missing';
  if (high !== null) {
    const isNamed = high.view === vote.highView && high.blockHash === vote.highHash;
    if (!isNamed || high.height !== vote.height) return 'the certificate is not the one that it names';
  }
  if ((vote.view === 0) !== (vote.entry === null)) return 'says not how it entered its view';
  return (high && prepareFault(high, door)) ?? (vote.entry && entryFault(vote.entry, vote, door));
}

function entryFault(entry: EntryCertificate, at: Position, door: Door): string | null {
  const { certificate } = entry;
  const entersView = entry.kind === 'timeout' ? certificate.view + 1 : certificate.view;
  if (certificate.height !== at.height || entersView !== at.view) return 'its entry certificate is of another view';
  return entry.kind === 'timeout' ? timeoutFault(entry.certificate, door) : prepareFault(entry.certificate, door);
}

function prepareFault(certificate: PrepareCertificate, door: Door): string | null {
  if (certificate.epoch !== epochOfHeight(certificate.height, door.epochBlocks)) return 'certificate of another epoch';
  const fault = prepareCertificateFault(certificate, door.quorum);
  if (fault !== null) return fault;
  const bytes = prepareVoteSigningBytes(door.networkId, certificate);
  return firstFault(certificate.votes, (vote) => signatureFault(vote.member, bytes, vote.signature, door));
}

function timeoutFault(certificate: TimeoutCertificate, door: Door): string | null {
  if (certificate.epoch !== epochOfHeight(certificate.height, door.epochBlocks)) return 'certificate of another epoch';
  const fault = timeoutCertificateFault(certificate, door.quorum);
  if (fault !== null) return fault;
  const { epoch, height, view, highCertificate } = certificate;
  const own = firstFault(certificate.votes, (vote) => {
    const { highView, highHash } = vote;
    const bytes = timeoutVoteSigningBytes(door.networkId, { epoch, height, view, highView, highHash });
    return signatureFault(vote.member, bytes, vote.signature, door);
  });
  return own ?? (highCertificate && prepareFault(highCertificate, door));
}

function commitmentFault(commitment: NonceCommitment, owner: MemberIndex, at: Position, door: Door): string | null {
  if (commitment.member !== owner) return 'a commitment of somebody else';
  const { epoch, height, view } = at;
  const { hiding, binding } = commitment;
  if (!door.isValidCommitment({ hiding, binding })) return `commitment of member ${owner} is no pair of valid points`;
  const bytes = nonceCommitmentSigningBytes(door.networkId, { epoch, height, view, hiding, binding });
  return signatureFault(owner, bytes, commitment.signature, door);
}

function signatureFault(member: MemberIndex, bytes: Uint8Array, signature: Signature, door: Door): string | null {
  const key = door.committee.members[member]?.identityKey;
  if (key === undefined) return 'signed by nobody of the committee';
  return door.verify(key, bytes, signature) ? null : `signature of member ${member} does not verify`;
}

function firstFault<T>(items: readonly T[], faultOfItem: (item: T) => string | null): string | null {
  for (const item of items) {
    const fault = faultOfItem(item);
    if (fault !== null) return fault;
  }
  return null;
}

function isSamePosition(a: Position, b: Position): boolean {
  return a.epoch === b.epoch && a.height === b.height && a.view === b.view;
}
