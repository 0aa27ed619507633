import { sha256Hash } from '@cairn/crypto';
import { BoundedMap, type Hash, type MemberIndex } from '@cairn/primitives';
import { type BlockStatement, type Credit, encodeCredit, type PrepareCertificate } from '@cairn/protocol';
import type { Gateway } from './gateway.ts';
import type { Commit } from './step.ts';
import type { StepDraft } from './step-draft.ts';

/** A member's own vote, without what it was sent with. */
export interface OwnVote extends BlockStatement {
  readonly member: MemberIndex;
}

type CommittedBlock = Pick<Commit, 'height' | 'blockHash' | 'certified' | 'batches'>;

/** Credits are posted no more often than this. */
export const CREDIT_SPACING_HEIGHTS = 16;
/** Blocks of one height that a member votes for: one a view; the last few are enough. */
const HEIGHT_VOTES_MAX = 8;

/**
 * Sees to it that this member's votes count (5.4): "a member left out of the proofs of the last two blocks may post its
 * own PrepareVote as an item". In memory only: a restart loses the votes of a few heights.
 */
export class Creditor {
  readonly #self: MemberIndex;
  readonly #gateway: Pick<Gateway, 'submit'>;
  readonly #draft: Pick<StepDraft, 'work'>;
  /** Of the height that is being agreed on, by block. */
  readonly #votes = new BoundedMap<Hash, OwnVote>(HEIGHT_VOTES_MAX);
  /** For certified blocks whose certificate is not known to have them, by height. */
  readonly #uncounted = new BoundedMap<number, OwnVote>(CREDIT_SPACING_HEIGHTS);
  #leftOutInARow = 0;
  #postedAt = Number.NEGATIVE_INFINITY;

  constructor(
    options: { readonly self: MemberIndex },
    dependencies: { readonly gateway: Pick<Gateway, 'submit'>; readonly draft: Pick<StepDraft, 'work'> },
  ) {
    this.#self = options.self;
    this.#gateway = dependencies.gateway;
    this.#draft = dependencies.draft;
  }

  /** Takes note of a vote that leaves this member, perhaps not for the first time. */
  onVote({ epoch, height, view, blockHash, member }: OwnVote): void {
    this.#votes.set(blockHash, { epoch, height, view, blockHash, member });
  }

  /** @param commit of the height that the votes so far were for. */
  onCommit({ height, blockHash, certified, batches }: CommittedBlock): void {
    this.#judge(certified.block.parentCertificate);
    // Credits are work, and work makes a block: those whom every block leaves out must not keep an idle network going.
    const hasOtherItems = batches.some(({ items }) => items.some(({ kind }) => kind !== 'credit'));
    const isSpaced = height - this.#postedAt >= CREDIT_SPACING_HEIGHTS;
    const isDue = this.#leftOutInARow >= 2 && isSpaced && hasOtherItems;
    if (isDue && this.#uncounted.size > 0) {
      this.#postedAt = height;
      // The signature is made again: that of the vote itself went past the replica.
      this.#draft.work({ kind: 'seal-credits', votes: [...this.#uncounted.values()] });
      this.#uncounted.clear();
    }
    const own = this.#votes.get(blockHash);
    if (own !== undefined) this.#uncounted.set(height, own);
    this.#votes.clear();
  }

  /** Signed credits go the way of every item of this member. */
  onSealed(credits: readonly Credit[]): void {
    for (const credit of credits) {
      const bytes = encodeCredit(credit);
      this.#gateway.submit({ id: sha256Hash(bytes), kind: 'credit', bytes });
    }
  }

  #judge(certificate: PrepareCertificate | null): void {
    if (certificate === null) return;
    const isCounted = certificate.votes.some(({ member }) => member === this.#self);
    this.#leftOutInARow = isCounted ? 0 : this.#leftOutInARow + 1;
    if (isCounted) this.#uncounted.delete(certificate.height);
  }
}
