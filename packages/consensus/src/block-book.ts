import type { Hash } from '@cairn/primitives';
import { type Block, blockHash } from '@cairn/protocol';

/** What the replica found when it executed a block. */
export interface BlockVerdict {
  /** It follows the tip, all batches are on disk, and executing it gave the same header. */
  readonly executes: boolean;
  /** For a fresh block: its time obeys 6.1 at this member's clock. */
  readonly isTimely: boolean;
  readonly reason: string | null;
}

/** Blocks of one height that a member keeps; an honest network needs one or two. */
const BLOCKS_MAX = 16;

/** The candidate blocks of one height, what is known of each, and which batches each view proposed. */
export class BlockBook {
  readonly #blocks = new Map<Hash, Block>();
  readonly #verdicts = new Map<Hash, BlockVerdict | 'pending'>();
  readonly #proposedBatches = new Map<number, readonly Hash[]>();

  get(hash: Hash): Block | undefined {
    return this.#blocks.get(hash);
  }

  /** @param pinned blocks of certificates and own votes: never forgotten, since somebody may ask for them. */
  keep(block: Block, pinned: ReadonlySet<Hash | undefined>): Hash {
    const hash = blockHash(block);
    if (!this.#blocks.has(hash) && this.#blocks.size >= BLOCKS_MAX) this.#forgetOne(pinned);
    this.#blocks.set(hash, block);
    return hash;
  }

  verdict(hash: Hash): BlockVerdict | 'pending' | undefined {
    return this.#verdicts.get(hash);
  }

  judge(hash: Hash, verdict: BlockVerdict | 'pending'): void {
    this.#verdicts.set(hash, verdict);
  }

  executes(hash: Hash): boolean {
    const verdict = this.#verdicts.get(hash);
    return verdict !== undefined && verdict !== 'pending' && verdict.executes;
  }

  rememberBatches(view: number, ids: readonly Hash[]): void {
    this.#proposedBatches.set(view, ids);
    for (const old of this.#proposedBatches.keys()) if (old < view - 2) this.#proposedBatches.delete(old);
  }

  /** Batches of a proposal that failed to be certified are left out by the next two leaders (5.3). */
  leftOut(view: number): ReadonlySet<Hash> {
    return new Set([view - 1, view - 2].flatMap((failed) => this.#proposedBatches.get(failed) ?? []));
  }

  #forgetOne(pinned: ReadonlySet<Hash | undefined>): void {
    for (const hash of this.#blocks.keys()) {
      if (pinned.has(hash)) continue;
      this.#blocks.delete(hash);
      this.#verdicts.delete(hash);
      return;
    }
  }
}
