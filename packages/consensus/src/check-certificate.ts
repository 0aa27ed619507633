import type { Quorum } from '@cairn/primitives';
import type { PrepareCertificate, TimeoutCertificate } from '@cairn/protocol';

/**
 * Shape of a prepare certificate beyond its decoding: members exist, and they are a quorum.
 * @returns null, or the broken rule. Signatures are checked by `authenticate`.
 */
export function prepareCertificateFault(certificate: PrepareCertificate, quorum: Quorum): string | null {
  if (certificate.votes.some((vote) => vote.member >= quorum.members)) return 'a voter is not a member';
  if (certificate.votes.length < quorum.certified) return 'fewer than q votes';
  return null;
}

/**
 * Shape of a timeout certificate: q votes of one view, and the one highest prepare certificate in full.
 * @returns null, or the broken rule. Signatures are checked by `authenticate`.
 */
export function timeoutCertificateFault(certificate: TimeoutCertificate, quorum: Quorum): string | null {
  const { votes, highCertificate: high } = certificate;
  if (votes.some((vote) => vote.member >= quorum.members)) return 'a voter is not a member';
  if (votes.length < quorum.certified) return 'fewer than q votes';
  if (votes.some((vote) => vote.highView > certificate.view)) return 'a vote names a certificate of a later view';
  const highestView = Math.max(...votes.map((vote) => vote.highView));
  if (high === null) return highestView === -1 ? null : 'the highest prepare certificate is missing';
  if (high.height !== certificate.height || high.epoch !== certificate.epoch)
    return 'its prepare certificate is of another height';
  if (high.view !== highestView) return 'its prepare certificate is not the highest';
  const isNamed = votes.some((vote) => vote.highView === high.view && vote.highHash === high.blockHash);
  if (!isNamed) return 'its prepare certificate is not the one that the votes name';
  return prepareCertificateFault(high, quorum);
}
