import { assert } from './errors.ts';

/** The thresholds of a committee, named by what each guarantees (protocol section 1). */
export interface Quorum {
  /** n: members of the committee. */
  readonly members: number;
  /** f: how many may be Byzantine. */
  readonly faulty: number;
  /** f + 1: at least one of them is honest. */
  readonly oneHonest: number;
  /** q = n - f: any two such sets share an honest member; also the FROST threshold. */
  readonly certified: number;
}

/** @param memberCount n, 1 <= n. Fewer than 4 tolerate no fault at all. */
export function quorumOf(memberCount: number): Quorum {
  assert(Number.isSafeInteger(memberCount) && memberCount >= 1, 'a committee has at least one member');
  const faulty = Math.floor((memberCount - 1) / 3);
  return { members: memberCount, faulty, oneHonest: faulty + 1, certified: memberCount - faulty };
}
