import type { Hash, MemberIndex } from '@cairn/primitives';
import type { JournalEntry } from '@cairn/replica';
import { demand } from '../violation.ts';
import type { Checker } from './checker.ts';

/** What devices did, and what became of it. */
export interface ReportBook {
  /** Every report that a device of the run signed. */
  readonly signed: ReadonlySet<Hash>;
  /** Acknowledged by an honest member, which said that it is durable. */
  readonly acknowledged: ReadonlyMap<Hash, MemberIndex>;
}

/** No report is certified that its device did not sign; every acknowledged one has a fate in the end. */
export class Reports implements Checker {
  readonly name = 'reports';
  readonly #book: ReportBook;
  readonly #fateOf: (id: Hash) => string | undefined;

  /** Acknowledged, in order, and not yet seen to have a fate. */
  readonly #waiting: Hash[] = [];
  #seenCount = 0;

  constructor(book: ReportBook, fateOf: (id: Hash) => string | undefined) {
    this.#book = book;
    this.#fateOf = fateOf;
  }

  /** Whether `open` is empty, for a question after every event: a fate is for good. */
  get isSettled(): boolean {
    const { acknowledged } = this.#book;
    if (acknowledged.size > this.#seenCount) {
      this.#waiting.push(...[...acknowledged.keys()].slice(this.#seenCount));
      this.#seenCount = acknowledged.size;
    }
    for (let id = this.#waiting.at(-1); id !== undefined; id = this.#waiting.at(-1)) {
      if (this.#fateOf(id) === undefined) return false;
      this.#waiting.pop();
    }
    return true;
  }

  /** Acknowledged reports without a receipt in the chain. */
  get open(): readonly Hash[] {
    return [...this.#book.acknowledged.keys()].filter((id) => this.#fateOf(id) === undefined);
  }

  onDurable(member: MemberIndex, entries: readonly JournalEntry[]): void {
    for (const entry of entries) {
      if (entry.kind !== 'certified') continue;
      for (const id of entry.commit.acceptedReports) {
        demand(this.#book.signed.has(id), 'forged-report', () => {
          return `height ${entry.commit.height} of member ${member} accepts ${id.slice(0, 12)}, which no device signed`;
        });
      }
    }
  }

  atEnd(): void {
    const { open } = this;
    demand(open.length === 0, 'acknowledged-report', () => {
      const members = [...new Set(open.map((id) => this.#book.acknowledged.get(id)))];
      return `${open.length} reports that members ${members} acknowledged have no fate`;
    });
  }
}
