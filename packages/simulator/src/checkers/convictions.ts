import type { MemberIndex } from '@cairn/primitives';
import { type BatchItem, decodeEvidence, type Evidence } from '@cairn/protocol';
import type { JournalEntry } from '@cairn/replica';
import { demand } from '../violation.ts';
import type { Checker } from './checker.ts';

/** "No honest member can be convicted by anything that a leader, a crash or a re-proposal does": none is even accused. */
export class Convictions implements Checker {
  readonly name = 'convictions';
  /** What stands in certified blocks, by (member, kind). */
  readonly proven = new Map<string, Evidence>();
  readonly #byzantine: ReadonlySet<MemberIndex>;

  constructor(byzantine: ReadonlySet<MemberIndex>) {
    this.#byzantine = byzantine;
  }

  onDurable(member: MemberIndex, entries: readonly JournalEntry[]): void {
    for (const entry of entries) {
      if (entry.kind === 'item') this.#judge(entry.item, `member ${member} accuses`);
      if (entry.kind !== 'certified') continue;
      for (const item of entry.commit.batches.flatMap(({ items }) => items)) {
        const evidence = this.#judge(item, `the block of height ${entry.commit.height} convicts`);
        if (evidence !== null) this.proven.set(`${evidence.member}/${evidence.kind}`, evidence);
      }
    }
  }

  #judge(item: BatchItem, who: string): Evidence | null {
    if (item.kind !== 'evidence') return null;
    const evidence = decodeEvidence(item.bytes);
    const isHonest = !this.#byzantine.has(evidence.member);
    demand(!isHonest, this.name, () => `${who} honest member ${evidence.member} of ${evidence.kind}`);
    return evidence;
  }
}
