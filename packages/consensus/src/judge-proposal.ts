import type { MemberIndex } from '@cairn/primitives';
import { blockHash, type Proposal } from '@cairn/protocol';
import type { ForkRule } from './rules.ts';

/** From this view on a fresh block is empty: a block that nobody can refuse (5.3). */
export const EMPTY_FROM_VIEW = 2;

/** A block that no certificate binds its leader to. */
export function isFresh(proposal: Proposal): boolean {
  return (proposal.timeoutCertificate?.highCertificate ?? null) === null;
}

/**
 * What 5.1 asks of a proposal by itself, before its block is executed. Signatures were checked at the door.
 * @returns null, or the broken rule.
 */
export function proposalFault(
  proposal: Proposal,
  leaderOf: (view: number) => MemberIndex,
  without: ReadonlySet<ForkRule> | undefined,
): string | null {
  const { view, member, block, timeoutCertificate: timeout } = proposal;
  if (member !== leaderOf(view)) return 'its sender does not lead this view';
  // For view > 0 the proposal carries a valid timeout certificate of exactly view - 1 of this height [fork].
  const isExact = timeout === null || timeout.view === view - 1 || without?.has('exact-timeout-certificate') === true;
  if (!isExact) return 'its timeout certificate is of another view';
  const high = timeout?.highCertificate ?? null;
  // If that holds a prepare certificate, the block is that of the highest [fork].
  const isBound = high !== null && without?.has('highest-certificate') !== true;
  if (isBound && high.blockHash !== blockHash(block)) return 'its block is not that of the highest certificate';
  if (high !== null) return null;
  if (block.header.leader !== member) return 'a fresh block names its leader';
  if (view >= EMPTY_FROM_VIEW && block.batchIds.length > 0) return 'a fresh block of view 2 or later is empty';
  return null;
}
