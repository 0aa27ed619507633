import { authenticate, type VotingRecord } from '@cairn/consensus';
import { verifySignature } from '@cairn/crypto';
import { CairnError, type MemberIndex, quorumOf } from '@cairn/primitives';
import {
  type AgreementMessage,
  decodeAgreementMessage,
  type Genesis,
  genesisCommittee,
  networkIdOf,
} from '@cairn/protocol';

export interface OwnVotesContext {
  readonly genesis: Genesis;
  readonly self: MemberIndex;
  /** What was on disk at the start. */
  readonly record: { readonly tipHeight: number; readonly voting: VotingRecord };
}

/**
 * Compares messages that others hold with what this member's disk remembers. Every vote is durable before it leaves, so a
 * vote that the disk does not know means that the disk is an older copy, which could vote twice.
 * @param messages as others gave them: whoever lies cannot sign for this member, and is not listened to.
 * @returns a description of the first vote that is unknown; null when there is none.
 */
export function unknownOwnVote(messages: readonly Uint8Array[], context: OwnVotesContext): string | null {
  for (const bytes of messages) {
    const message = ownMessage(bytes, context);
    if (message !== null && !isKnown(message, context.record)) {
      return `a ${message.kind} of height ${message.height}, view ${message.view}`;
    }
  }
  return null;
}

type OwnMessage = Exclude<AgreementMessage, { kind: 'certified-block' }>;

/** @returns null unless this member signed it. */
function ownMessage(bytes: Uint8Array, { genesis, self }: OwnVotesContext): OwnMessage | null {
  try {
    const message = decodeAgreementMessage(bytes);
    if (message.kind === 'certified-block' || message.member !== self) return null;
    const result = authenticate(message, {
      networkId: networkIdOf(genesis),
      committee: genesisCommittee(genesis),
      quorum: quorumOf(genesis.members.length),
      epochBlocks: genesis.parameters.epochBlocks,
      verify: verifySignature,
      // Whether points are sound says nothing about who signed.
      isValidCommitment: () => true,
    });
    return result.ok ? message : null;
  } catch (error) {
    if (!(error instanceof CairnError)) throw error;
    return null;
  }
}

function isKnown({ kind, height, view }: OwnMessage, { tipHeight, voting }: OwnVotesContext['record']): boolean {
  if (height <= tipHeight) return true;
  // A vote at a height leaves only after the block below it is durable.
  if (height > tipHeight + 1) return false;
  switch (kind) {
    case 'proposal':
      return voting.proposed.some((proposed) => proposed.view === view);
    case 'prepare-vote':
      return (voting.prepared?.view ?? -1) >= view;
    case 'signature-share':
      return (voting.highCertificate?.view ?? -1) >= view;
    case 'timeout-vote':
      return (voting.timedOut?.view ?? -1) >= view;
    case 'sign-request':
    case 'nonce-refusal':
      return true;
  }
}
