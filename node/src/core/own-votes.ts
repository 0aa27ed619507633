import { authenticate, isBeyondJournal, type OwnMessage, type VotingRecord } from '@cairn/consensus';
import { verifySignature } from '@cairn/crypto';
import { type Authenticated, CairnError, type MemberIndex, quorumOf } from '@cairn/primitives';
import { decodeAgreementMessage, type Genesis, genesisCommittee, networkIdOf } from '@cairn/protocol';

export interface OwnVotesContext {
  readonly genesis: Genesis;
  readonly self: MemberIndex;
  /** What was on disk at the start. */
  readonly record: { readonly tipHeight: number; readonly voting: VotingRecord };
}

/** A message of this member's own that its disk knows nothing of. */
export interface UnknownVote {
  readonly height: number;
  readonly what: string;
}

/**
 * Compares messages that others hold with what this member's disk remembers. Every vote is durable before it leaves, so a
 * vote that the disk does not know means that the disk is an older copy, which could vote twice.
 * @param messages as others gave them: whoever lies cannot sign for this member, and is not listened to.
 * @returns the newest vote that is unknown; null when there is none.
 */
export function unknownOwnVote(messages: readonly Uint8Array[], context: OwnVotesContext): UnknownVote | null {
  const own = messages.flatMap((bytes) => ownMessage(bytes, context) ?? []);
  const unknown = own.filter((message) => isBeyondJournal(message, context.record));
  const [newest] = unknown.sort((a, b) => b.height - a.height || b.view - a.view);
  if (newest === undefined) return null;
  const { kind, height, view } = newest;
  return { height, what: `a ${kind} of height ${height}, view ${view}` };
}

/** @returns null unless this member signed it. */
function ownMessage(bytes: Uint8Array, { genesis, self }: OwnVotesContext): Authenticated<OwnMessage> | null {
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
    return result.ok ? result.message : null;
  } catch (error) {
    if (!(error instanceof CairnError)) throw error;
    return null;
  }
}
