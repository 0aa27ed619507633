import type { MemberIndex, Quorum } from '@cairn/primitives';
import type { CoreOrder } from '../threads/thread-messages.ts';

/** Of each member the newest message that it signed: how far it is, and what it must know before it votes again. */
export class PeerMessages {
  readonly #self: MemberIndex;
  readonly #quorum: Quorum;
  readonly #latest = new Map<
    MemberIndex,
    { readonly height: number; readonly view: number; readonly bytes: Uint8Array }
  >();
  #certifiedHeight = 0;

  constructor(options: { readonly self: MemberIndex; readonly quorum: Quorum }) {
    this.#self = options.self;
    this.#quorum = options.quorum;
  }

  /** Takes what has passed the door. */
  see({ message, bytes }: Extract<CoreOrder, { kind: 'message' }>): void {
    if (message.kind === 'certified-block') {
      // Its prepare certificate was checked: q members voted at that height.
      this.#certifiedHeight = Math.max(this.#certifiedHeight, message.certified.block.header.height);
      return;
    }
    if (bytes === undefined) return;
    const { member, height, view } = message;
    const known = this.#latest.get(member);
    const isOlder = known !== undefined && (known.height > height || (known.height === height && known.view > view));
    // What is no vote has nothing to say about voting twice.
    const isVote = message.kind !== 'sign-request' && message.kind !== 'nonce-refusal';
    if (!isOlder && isVote) this.#latest.set(member, { height, view, bytes });
  }

  latestOf(member: MemberIndex): Uint8Array | undefined {
    return this.#latest.get(member)?.bytes;
  }

  /** Highest certified height of each other member: one below what it votes on. */
  heights(): readonly (number | null)[] {
    return Array.from({ length: this.#quorum.members }, (_, member) => {
      const latest = member === this.#self ? undefined : this.#latest.get(member);
      return latest === undefined ? null : latest.height - 1;
    });
  }

  /** A height that is certified for sure: one honest member says so, or a certificate. */
  get certifiedHeight(): number {
    const claims = [...this.#latest.values()].map(({ height }) => height - 1).sort((a, b) => b - a);
    return Math.max(this.#certifiedHeight, claims[this.#quorum.faulty] ?? 0);
  }
}
