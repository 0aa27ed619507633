import type { Participation } from '@cairn/http';
import type { MemberIndex } from '@cairn/primitives';
import type { CertifiedBlock } from '@cairn/protocol';

export const VOTE_WINDOW_HEIGHTS = 100;

/**
 * Who took part in the last blocks, as the chain itself says it: each block carries its parent's certificate, and its
 * header the hash of that (protocol section 5.4). A block's own certificate proves nothing of the kind.
 */
export class VoteWindow {
  readonly #memberCount: number;
  readonly #heights: { readonly height: number; readonly voters: readonly MemberIndex[] }[] = [];

  constructor(memberCount: number) {
    this.#memberCount = memberCount;
  }

  add({ block }: CertifiedBlock): void {
    const { parentCertificate } = block;
    if (parentCertificate === null) return;
    const voters = parentCertificate.votes.map(({ member }) => member);
    this.#heights.push({ height: parentCertificate.height, voters });
    if (this.#heights.length > VOTE_WINDOW_HEIGHTS) this.#heights.shift();
  }

  participation(): Participation {
    const members = Array.from({ length: this.#memberCount }, (_, index) => {
      const voted = this.#heights.filter(({ voters }) => voters.includes(index));
      return { index, votes: voted.length, lastVotedHeight: voted.at(-1)?.height ?? null };
    });
    return { window: this.#heights.length, members };
  }
}
