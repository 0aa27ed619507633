import type { MemberStatus } from '@cairn/http';
import type { MemberIndex, UnixMs } from '@cairn/primitives';
import type { Genesis } from '@cairn/protocol';
import type { CommitNotice, CorePosition } from '../threads/thread-messages.ts';

/** Certificates over which taking part is judged. */
export const VOTES_WINDOW = 100;
/** Peers may be this far ahead before the node calls itself behind. */
const BEHIND_HEIGHTS_MAX = 2;

/** What the main thread knows of the chain: numbers that the core told it. */
export class ChainView {
  readonly startedAt: UnixMs;
  readonly #genesis: Genesis;
  readonly #window: (readonly MemberIndex[])[] = [];
  readonly #lastVoted = new Map<MemberIndex, number>();
  readonly #heightWaiters = new Set<() => void>();
  #onCommit: ((commit: CommitNotice) => void) | undefined;
  #position: CorePosition;
  #lastCommitAt: UnixMs;

  constructor(options: { readonly genesis: Genesis; readonly position: CorePosition; readonly startedAt: UnixMs }) {
    this.#genesis = options.genesis;
    this.#position = options.position;
    this.startedAt = options.startedAt;
    this.#lastCommitAt = options.startedAt;
  }

  get position(): CorePosition {
    return this.#position;
  }

  get behindHeights(): number {
    return Math.max(0, this.#position.seenHeight - this.#position.height);
  }

  get isSyncing(): boolean {
    return this.behindHeights > BEHIND_HEIGHTS_MAX;
  }

  /** When this process last saw a block certified, or when it started. */
  get lastCommitAt(): UnixMs {
    return this.#lastCommitAt;
  }

  update(position: CorePosition, commits: readonly CommitNotice[], atMs: UnixMs): void {
    this.#position = position;
    for (const commit of commits) {
      const { height, voters } = commit;
      this.#onCommit?.(commit);
      this.#lastCommitAt = atMs;
      this.#window.push(voters);
      if (this.#window.length > VOTES_WINDOW) this.#window.shift();
      for (const voter of voters) this.#lastVoted.set(voter, height);
    }
    if (commits.length > 0) for (const wake of [...this.#heightWaiters]) wake();
  }

  /** One listener for every certified block, for the command that runs the node. */
  onCommit(listener: (commit: CommitNotice) => void): void {
    this.#onCommit = listener;
  }

  /** Votes of a member among the last certificates. */
  votesOf(member: MemberIndex): MemberStatus['votes'] {
    const present = this.#window.filter((voters) => voters.includes(member)).length;
    return { present, window: this.#window.length };
  }

  /** @returns one entry per member, for the status page. */
  members(isConnected: (member: MemberIndex) => boolean): readonly MemberStatus[] {
    return this.#genesis.members.map(({ name, identityKey }, index) => ({
      index,
      name,
      identityKey,
      isConnected: isConnected(index),
      lastVotedHeight: this.#lastVoted.get(index) ?? null,
      votes: this.votesOf(index),
    }));
  }

  /** Resolves when `height` is certified, or when the signal aborts. */
  async untilHeight(height: number, signal: AbortSignal): Promise<void> {
    while (this.#position.height < height && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const wake = () => {
          this.#heightWaiters.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        this.#heightWaiters.add(wake);
        signal.addEventListener('abort', wake, { once: true });
      });
    }
  }
}
