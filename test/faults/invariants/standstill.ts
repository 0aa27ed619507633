import { demand } from '@cairn/simulator';
import { readJournal } from './journal-view.ts';

/**
 * Blocks that may still become certified when the quorum is gone: the one whose last share was on its way. The next one
 * would need votes from members that are not there.
 */
const IN_FLIGHT = 1;

/** @param dataDirs of all members, running or not. @returns the greatest height on any disk. */
export function highestTip(dataDirs: readonly string[]): number {
  return Math.max(...dataDirs.map((dataDir, member) => readJournal(dataDir, member).tipHeight));
}

/** @throws Violation when the chain went on between two looks at all disks, though more than f members were away. */
export function demandStandstill(before: number, after: number): void {
  demand(after <= before + IN_FLIGHT, 'standstill', () => {
    return `without a quorum the chain grew from ${before} to ${after}`;
  });
}
