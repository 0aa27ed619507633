import { shareTimeoutMs } from '@cairn/consensus';
import { quorumOf } from '@cairn/primitives';
import { BLOCK_BYTES_MAX, BLOCK_ITEMS_MAX, type GenesisDraft } from '@cairn/protocol';

/** Of a slow member, on a home's line and a small machine: 10 Mbit/s, and 4,000 items verified and executed a second. */
const SLOW_BYTES_PER_SECOND = 1_250_000;
const SLOW_ITEMS_PER_SECOND = 4_000;

/**
 * "The cap exceeds the time to fetch and execute the largest block and to run f + 1 signing sessions" (protocol 5.3): below
 * it, a network whose largest blocks reach slow members may change views for ever.
 * @returns the lowest `viewTimeoutMsMax` that is advised, in milliseconds. It is advice: only the members know their lines.
 */
export function viewTimeoutCapMin({ members, parameters }: Pick<GenesisDraft, 'members' | 'parameters'>): number {
  const blockSeconds = BLOCK_BYTES_MAX / SLOW_BYTES_PER_SECOND + BLOCK_ITEMS_MAX / SLOW_ITEMS_PER_SECOND;
  const sessions = quorumOf(members.length).oneHonest;
  return Math.ceil(blockSeconds * 1000) + sessions * shareTimeoutMs(parameters);
}
