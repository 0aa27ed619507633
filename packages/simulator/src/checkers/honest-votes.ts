import type { Hash, MemberIndex } from '@cairn/primitives';
import { type AgreementMessage, blockHash } from '@cairn/protocol';
import { demand } from '../violation.ts';
import type { Checker } from './checker.ts';

/** What one honest member said at one height. */
interface Said {
  readonly proposals: Map<number, Hash>;
  readonly prepares: Map<number, Hash>;
  readonly timeouts: Map<number, string>;
  /** SignRequests that it answered with a share. */
  readonly shares: Set<Hash>;
  preparedView: number;
  timedOutView: number;
}

/**
 * Reads what honest members sign: one proposal and one prepare vote a view, views rise, and nothing is prepared or
 * signed in a view for which a TimeoutVote was sent, or an earlier one. Remembers across crashes.
 */
export class HonestVotes implements Checker {
  readonly name = 'honest-votes';
  readonly #said = new Map<string, Said>();

  onSealed(member: MemberIndex, message: AgreementMessage): void {
    switch (message.kind) {
      case 'proposal':
        return this.#onProposal(member, message);
      case 'prepare-vote':
        return this.#onPrepare(member, message);
      case 'signature-share':
        return this.#onShare(member, message);
      case 'timeout-vote':
        return this.#onTimeout(member, message);
    }
  }

  #onProposal(member: MemberIndex, message: Extract<AgreementMessage, { kind: 'proposal' }>): void {
    const { proposals } = this.#of(member, message.height);
    const hash = blockHash(message.block);
    const earlier = proposals.get(message.view);
    demand(earlier === undefined || earlier === hash, this.name, () => {
      return `member ${member} proposes twice in view ${message.view} of height ${message.height}`;
    });
    proposals.set(message.view, hash);
  }

  #onPrepare(member: MemberIndex, message: Extract<AgreementMessage, { kind: 'prepare-vote' }>): void {
    const said = this.#of(member, message.height);
    const { view, height, blockHash: hash } = message;
    const earlier = said.prepares.get(view);
    demand(earlier === undefined || earlier === hash, this.name, () => {
      return `member ${member} prepares two blocks in view ${view} of height ${height}`;
    });
    demand(
      view >= said.preparedView,
      this.name,
      () => `member ${member} prepares in view ${view} of ${height} too late`,
    );
    demand(view > said.timedOutView, this.name, () => `member ${member} prepares after its timeout of view ${view}`);
    said.prepares.set(view, hash);
    said.preparedView = view;
  }

  #onShare(member: MemberIndex, message: Extract<AgreementMessage, { kind: 'signature-share' }>): void {
    const said = this.#of(member, message.height);
    // The same SignRequest again gets the same stored share: that is no new signature.
    if (said.shares.has(message.signRequestHash)) return;
    const { view, height } = message;
    demand(view > said.timedOutView, this.name, () => {
      return `member ${member} signs after its timeout of view ${view} of height ${height}`;
    });
    said.shares.add(message.signRequestHash);
  }

  #onTimeout(member: MemberIndex, message: Extract<AgreementMessage, { kind: 'timeout-vote' }>): void {
    const said = this.#of(member, message.height);
    const statement = `${message.highView}:${message.highHash}`;
    const earlier = said.timeouts.get(message.view);
    demand(earlier === undefined || earlier === statement, this.name, () => {
      return `member ${member} votes for two timeouts of view ${message.view} of height ${message.height}`;
    });
    said.timeouts.set(message.view, statement);
    said.timedOutView = Math.max(said.timedOutView, message.view);
  }

  #of(member: MemberIndex, height: number): Said {
    const key = `${member}/${height}`;
    let said = this.#said.get(key);
    if (said === undefined) {
      const [proposals, prepares, timeouts, shares] = [new Map(), new Map(), new Map(), new Set<Hash>()];
      said = { proposals, prepares, timeouts, shares, preparedView: -1, timedOutView: -1 };
      this.#said.set(key, said);
    }
    return said;
  }
}
