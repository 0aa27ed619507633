import { CairnError, type Hash } from '@cairn/primitives';

/**
 * The last line of defence before a vote becomes durable, and so before it can leave. Consensus never lets these
 * happen; if it does, the member stops here instead of voting twice. Shared by every implementation of the store.
 */

/** "Makes one [proposal] per view for ever, restarts included" (5.1). @throws STORAGE_EQUIVOCATION_INVALID */
export function checkProposed(entry: VoteEntry, earlier: Hash | null): void {
  if (earlier !== null && earlier !== entry.hash) throw equivocation('a second proposal of one view', entry);
}

/** What earlier entries of this height say. */
export interface PreparedContext {
  /** The highest view in which the member prepared. */
  readonly highest: { readonly view: number; readonly hash: Hash } | null;
  readonly timedOutView: number | null;
}

/** @throws STORAGE_EQUIVOCATION_INVALID */
export function checkPrepared(entry: VoteEntry, { highest, timedOutView }: PreparedContext): void {
  // "it is in that view and has sent no TimeoutVote for it or a later one" (5.1)
  if (timedOutView !== null && entry.view <= timedOutView) throw equivocation('a vote in a view that timed out', entry);
  // "its view is above every view in which it prepared at this height (or the same view and the same block)" (5.1)
  if (highest === null || entry.view > highest.view) return;
  if (entry.view < highest.view) throw equivocation('a vote in a view below an earlier vote', entry);
  if (entry.hash !== highest.hash) throw equivocation('a second vote in one view', entry);
}

export interface VoteEntry {
  readonly height: number;
  readonly view: number;
  readonly hash: Hash;
}

/**
 * Votes are for the height above the tip and for no other: of certified heights nothing is remembered to compare with.
 * @returns false for what has become pointless and can be left out: the height is certified, and it is no vote.
 * @throws STORAGE_HEIGHT_INVALID
 */
export function isVoteHeight(entry: { readonly kind: string; readonly height: number }, tipHeight: number): boolean {
  if (entry.height === tipHeight + 1) return true;
  if (entry.height <= tipHeight && entry.kind !== 'proposed' && entry.kind !== 'prepared') return false;
  throw new CairnError('STORAGE_HEIGHT_INVALID', `${entry.kind} at height ${entry.height}, tip ${tipHeight}`, {
    entry: entry.kind,
    height: entry.height,
    tip: tipHeight,
  });
}

function equivocation(what: string, { height, view, hash }: VoteEntry): CairnError {
  return new CairnError('STORAGE_EQUIVOCATION_INVALID', `${what} was refused`, { height, view, hash });
}
