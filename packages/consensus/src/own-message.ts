import type { Authenticated } from '@cairn/primitives';
import { type AgreementMessage, blockHash, decodeBlock } from '@cairn/protocol';
import type { VotingRecord } from './effects.ts';

/** A message that one member signed. */
export type OwnMessage = Exclude<AgreementMessage, { kind: 'certified-block' }>;

/** What a member's disk knows of its own votes. */
export interface OwnJournal {
  readonly tipHeight: number;
  /** Of the height above the tip. */
  readonly voting: VotingRecord;
}

/**
 * Whether a message that this member signed says more than its disk knows. Everything that it signs follows from what it
 * wrote before (5.1 to 5.3), so such a disk is older than the member: an image that was put back, or a second instance.
 */
export function isBeyondJournal(message: Authenticated<OwnMessage>, { tipHeight, voting }: OwnJournal): boolean {
  const { height, view } = message;
  if (height <= tipHeight) return false;
  if (height > tipHeight + 1 || view > (voting.entered?.view ?? 0)) return true;
  switch (message.kind) {
    case 'proposal':
      return hashProposed(voting, view) !== blockHash(message.block);
    case 'sign-request':
      return hashProposed(voting, view) === null;
    case 'prepare-vote': {
      const { prepared } = voting;
      if (prepared === null || prepared.view < view) return true;
      return prepared.view === view && prepared.hash !== message.blockHash;
    }
    case 'signature-share':
      return voting.highCertificate === null || voting.highCertificate.view < view;
    case 'timeout-vote':
      return voting.timedOut === null || voting.timedOut.view < view;
    case 'nonce-refusal':
      return false;
  }
}

function hashProposed(voting: VotingRecord, view: number) {
  const proposed = voting.proposed.find((each) => each.view === view);
  return proposed === undefined ? null : blockHash(decodeBlock(proposed.block));
}
