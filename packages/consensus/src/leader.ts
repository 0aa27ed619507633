import { assert, type MemberIndex } from '@cairn/primitives';

/**
 * leader(height, view): rotates over the members that are not skipped; from view f + 1 on nobody is (5.4).
 * @param skipped members whose turn passes to the next; at most f.
 */
export function leaderOf(at: {
  readonly height: number;
  readonly view: number;
  readonly memberCount: number;
  readonly faulty: number;
  readonly skipped: ReadonlySet<MemberIndex>;
}): MemberIndex {
  assert(at.skipped.size <= at.faulty, 'at most f members are skipped');
  const everyone = at.view > at.faulty || at.skipped.size === 0;
  if (everyone) return (at.height + at.view) % at.memberCount;
  const eligible: MemberIndex[] = [];
  for (let member = 0; member < at.memberCount; member++) if (!at.skipped.has(member)) eligible.push(member);
  return eligible[(at.height + at.view) % eligible.length] as MemberIndex;
}
