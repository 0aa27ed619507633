import { BLOCK_MEMBER_CREDITS_MAX, type Credit, type ReceiptCode } from '@cairn/protocol';
import type { BlockDraft } from './block-draft.ts';
import { forgottenVotesHeight } from './counted-votes.ts';

/**
 * "a member left out of the proofs of the last two blocks may post its own PrepareVote as an item" (protocol section 5.4).
 * That the member signed it was checked at the door: an item with another signature makes its whole batch invalid. The
 * view may be any: a member votes for one block in several views, and the certificate is of one of them.
 */
export function executeCredit(draft: BlockDraft, credit: Credit): ReceiptCode {
  const { height, member, blockHash } = credit;
  if (draft.state.roster.members[member] === undefined) return 'malformed';
  // The certificate of the height before stands in this very block: nobody could know that it lacks a vote.
  if (height > draft.height - 2) return 'future';
  const counted = height <= forgottenVotesHeight(draft.height) ? undefined : draft.votesOf(height);
  if (counted === undefined) return 'stale';
  // A vote for a block that was not certified, which only a Byzantine member posts.
  if (counted.blockHash !== blockHash) return 'conflicting';
  if (counted.members.includes(member)) return 'duplicate';
  if (draft.creditCountOf(member) >= BLOCK_MEMBER_CREDITS_MAX) return 'limit-exceeded';
  draft.credit(member, height);
  return 'accepted';
}
