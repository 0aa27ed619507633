import type { MemberIndex } from '@cairn/primitives';
import type { AgreementMessage, BlockStatement, PrepareCertificate } from '@cairn/protocol';
import { creditsOfCommit, type JournalEntry } from '@cairn/replica';
import { demand } from '../violation.ts';
import type { Checker } from './checker.ts';

/**
 * Records of participation are true: an honest member stands in a certificate, and is credited, only if it voted for
 * that block then.
 */
export class Participation implements Checker {
  readonly name = 'participation';
  readonly #byzantine: ReadonlySet<MemberIndex>;
  readonly #voted = new Set<string>();

  constructor(byzantine: ReadonlySet<MemberIndex>) {
    this.#byzantine = byzantine;
  }

  onSealed(_member: MemberIndex, message: AgreementMessage): void {
    if (message.kind === 'prepare-vote') this.#voted.add(keyOf(message.member, message));
  }

  onDurable(_member: MemberIndex, entries: readonly JournalEntry[]): void {
    for (const entry of entries) {
      if (entry.kind !== 'certified') continue;
      for (const credit of creditsOfCommit(entry.commit)) this.#demandVote(credit.member, credit);
      const { certificate, block } = entry.commit.certified;
      this.#check(certificate);
      if (block.parentCertificate !== null) this.#check(block.parentCertificate);
    }
  }

  #check(certificate: PrepareCertificate): void {
    for (const { member } of certificate.votes) this.#demandVote(member, certificate);
  }

  #demandVote(member: MemberIndex, at: BlockStatement): void {
    const isTrue = this.#byzantine.has(member) || this.#voted.has(keyOf(member, at));
    demand(isTrue, this.name, () => `member ${member} never voted for the block of height ${at.height}`);
  }
}

function keyOf(member: MemberIndex, at: { height: number; view: number; blockHash: string }): string {
  return `${member}/${at.height}/${at.view}/${at.blockHash}`;
}
