import type { PrepareCertificate } from '@cairn/protocol';
import { demand } from '@cairn/simulator';
import type { JournalView, JournalVote } from './journal-view.ts';

type VoteKind = 'prepared' | 'proposed';

interface KnownVote {
  readonly hash: string;
  readonly where: string;
}

/** Views of one height: what one member has said there, as anybody has seen it. */
class HeightVotes {
  readonly prepared = new Map<number, KnownVote>();
  readonly proposed = new Map<number, KnownVote>();
  timedOutView = -1;
  /** As the member's own journal said when it was last read: what is not in it then was not said by then. */
  readonly journal = { views: new Set<number>(), timedOutView: -1 };
}

/**
 * Every vote that was ever seen, in journals and in certificates of others. No member votes for two blocks in one view,
 * nor in a view that it gave up, nor below an earlier vote; and a vote that anybody has seen is in its member's journal
 * for as long as that height is not certified there. Journals are to be shown in the order in which they were read.
 */
export class VoteBook {
  readonly #members = new Map<number, Map<number, HeightVotes>>();
  #votes = 0;
  #journals = 0;

  /** Looks at journals so far. */
  get journals(): number {
    return this.#journals;
  }

  /** Distinct prepare votes and proposals. */
  get votes(): number {
    return this.#votes;
  }

  /** @throws Violation */
  see(journal: JournalView): void {
    const { member } = journal;
    this.#journals += 1;
    const where = `the journal of member ${member}`;
    for (const vote of journal.prepared) this.#checkOrder(member, vote, where);
    for (const vote of journal.prepared) this.#note('prepared', member, vote, where);
    for (const vote of journal.proposed) this.#note('proposed', member, vote, where);
    this.#checkKept(journal);
    for (const { height, view } of journal.prepared) this.#at(member, height).journal.views.add(view);
    for (const { height, view } of journal.timedOut) {
      this.#noteTimeout(member, height, view);
      this.#at(member, height).journal.timedOutView = view;
    }
    for (const certificate of journal.certificates) this.witness(certificate, where);
    for (const { height, view, members } of journal.timeouts) {
      for (const other of members) this.#noteTimeout(other, height, view);
    }
  }

  /** Takes the votes of a certificate that stands somewhere. @throws Violation */
  witness({ height, view, blockHash, votes }: PrepareCertificate, where: string): void {
    for (const { member } of votes) {
      const vote = { height, view, hash: blockHash };
      this.#checkOrder(member, vote, `a certificate in ${where}`);
      this.#note('prepared', member, vote, `a certificate in ${where}`);
    }
  }

  /** A vote that was not in the journal at the last look came after all that was in it. */
  #checkOrder(member: number, { height, view }: JournalVote, where: string): void {
    const { views, timedOutView } = this.#at(member, height).journal;
    if (views.has(view)) return;
    const what = `member ${member} prepares in view ${view} of height ${height} (${where})`;
    demand(view > timedOutView, 'vote-after-timeout', () => `${what} and had given up view ${timedOutView}`);
    const highest = Math.max(-1, ...views);
    demand(view > highest, 'vote-below', () => `${what} and had prepared in view ${highest}`);
  }

  #checkKept(journal: JournalView): void {
    const { member, tipHeight } = journal;
    for (const [height, known] of this.#members.get(member) ?? []) {
      if (height <= tipHeight) continue;
      for (const kind of ['prepared', 'proposed'] as const) {
        for (const [view, { where }] of known[kind]) {
          const isKept = journal[kind].some((vote) => vote.height === height && vote.view === view);
          demand(isKept, 'vote-forgotten', () => {
            return `member ${member} ${kind} in view ${view} of height ${height} (${where}), and its journal lost it`;
          });
        }
      }
      const view = journal.timedOut.find((row) => row.height === height)?.view ?? -1;
      demand(view >= known.timedOutView, 'timeout-forgotten', () => {
        return `member ${member} gave up view ${known.timedOutView} of height ${height}, its journal says ${view}`;
      });
    }
  }

  #note(kind: VoteKind, member: number, { height, view, hash }: JournalVote, where: string): void {
    const votes = this.#at(member, height)[kind];
    const known = votes.get(view);
    demand(known === undefined || known.hash === hash, 'two-votes', () => {
      const both = `${known?.hash.slice(0, 12)} (${known?.where}) and ${hash.slice(0, 12)} (${where})`;
      return `member ${member} ${kind} two blocks in view ${view} of height ${height}: ${both}`;
    });
    if (known !== undefined) return;
    votes.set(view, { hash, where });
    this.#votes += 1;
  }

  #noteTimeout(member: number, height: number, view: number): void {
    const known = this.#at(member, height);
    known.timedOutView = Math.max(known.timedOutView, view);
  }

  #at(member: number, height: number): HeightVotes {
    const heights = this.#members.get(member) ?? new Map<number, HeightVotes>();
    this.#members.set(member, heights);
    const votes = heights.get(height) ?? new HeightVotes();
    heights.set(height, votes);
    return votes;
  }
}
