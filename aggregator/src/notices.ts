import type { ApiEvent } from '@cairn/http';
import type { Commit } from '@cairn/replica';
import { evidenceOfCommit } from '@cairn/storage';

/** Tells whoever listens to the API what happened. Listeners are bounded by the server's streams and waiting requests. */
export class Notices {
  readonly #listeners = new Set<(event: ApiEvent) => void>();

  /** @returns what ends the subscription. */
  readonly subscribe = (listener: (event: ApiEvent) => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  tell(event: ApiEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  /** The rounds of a block first, then the block itself: who waits for it finds its rounds. */
  tellCommit(commit: Commit): void {
    const { height, blockHash, results, acceptedReports } = commit;
    results.forEach(({ feed, group, windowStart, windowEnd, status }, position) => {
      this.tell({ topic: 'round', height, position, feed, group, windowStart, windowEnd, status });
    });
    for (const { member, kind } of evidenceOfCommit(commit)) this.tell({ topic: 'evidence', member, kind, height });
    const { time } = commit.certified.block.header;
    this.tell({
      topic: 'block',
      height,
      hash: blockHash,
      time,
      reports: acceptedReports.length,
      results: results.length,
    });
  }
}
