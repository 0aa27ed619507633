import type { NodeStore } from '@cairn/storage';

/**
 * A member whose disk is older than what it signed does not know what it signed at the height above its tip, and so says
 * nothing there: no vote, and no TimeoutVote either, since that names a certificate that the old disk may lack. It
 * follows the others past the height, and takes part again above it.
 */
export class Abstention {
  readonly #store: Pick<NodeStore, 'abstainsUpTo' | 'abstainUpTo'>;
  #upTo: number;

  constructor(dependencies: { readonly store: Pick<NodeStore, 'abstainsUpTo' | 'abstainUpTo'> }) {
    this.#store = dependencies.store;
    this.#upTo = this.#store.abstainsUpTo();
  }

  /** Durable on return: after another restart there may be nobody who remembers. */
  begin(height: number): void {
    if (height <= this.#upTo) return;
    this.#store.abstainUpTo(height);
    this.#upTo = height;
  }

  /** Whether nothing of this height may leave. */
  holds(height: number): boolean {
    return height <= this.#upTo;
  }
}
