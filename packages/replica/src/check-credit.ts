import { type Credit, epochOfHeight, prepareVoteSigningBytes } from '@cairn/protocol';
import type { ItemDoor } from './signed-item-fault.ts';

/**
 * Whether a credit is a PrepareVote of its member. Whether the block that it names was certified, execution tells.
 * @returns null when it is, else why not.
 */
export function creditFault(credit: Credit, door: ItemDoor): string | null {
  const member = door.committee.members[credit.member];
  if (member === undefined) return 'a credit of no member';
  if (credit.epoch !== epochOfHeight(credit.height, door.epochBlocks)) return 'a credit not of the epoch of its height';
  const isSigned = door.verify(member.identityKey, prepareVoteSigningBytes(door.networkId, credit), credit.signature);
  return isSigned ? null : 'a credit that its member did not sign';
}
