import type { Hash, MemberIndex } from '@cairn/primitives';
import { blockHash, type CertifiedBlock } from '@cairn/protocol';
import type { JournalEntry } from '@cairn/replica';
import { demand } from '../violation.ts';
import type { Checker } from './checker.ts';

/** At most one certified block per height, in the hands of whomever. */
export class OneBlockPerHeight implements Checker {
  readonly name = 'one-block-per-height';
  readonly #isSigned: (certified: CertifiedBlock) => boolean;
  readonly #hashes = new Map<number, Hash>();

  /** @param isSigned whether the group's signature over it is good, as far as the known chain tells. */
  constructor(isSigned: (certified: CertifiedBlock) => boolean) {
    this.#isSigned = isSigned;
  }

  get heightCount(): number {
    return this.#hashes.size;
  }

  onDurable(member: MemberIndex, entries: readonly JournalEntry[]): void {
    for (const entry of entries) {
      if (entry.kind === 'certified') this.#see(entry.commit.height, entry.commit.blockHash, `member ${member}`);
    }
  }

  onCertified(certified: CertifiedBlock): void {
    const { height } = certified.block.header;
    const hash = blockHash(certified.block);
    if (this.#hashes.get(height) === hash || !this.#isSigned(certified)) return;
    this.#see(height, hash, 'a leader');
  }

  #see(height: number, hash: Hash, who: string): void {
    const known = this.#hashes.get(height);
    demand(known === undefined || known === hash, this.name, () => {
      return `height ${height} has ${known?.slice(0, 12)} and, in the hands of ${who}, ${hash.slice(0, 12)}`;
    });
    this.#hashes.set(height, hash);
  }
}
