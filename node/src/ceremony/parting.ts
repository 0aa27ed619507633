import type { MemberIndex } from '@cairn/primitives';

export interface PartingDependencies {
  readonly others: readonly MemberIndex[];
  /** Tells a member that the key is live here. @returns whether it is live there too. Rejects when it cannot be asked. */
  readonly tell: (member: MemberIndex) => Promise<boolean>;
  readonly isConnected: (member: MemberIndex) => boolean;
}

const TELL_EVERY_MS = 200;
/** A live member whose connection is away for so long has left: it waits for nothing any more. */
const GONE_AFTER_MS = 1_000;

/**
 * How live members of a ceremony part. "I am live" may be lost with the process that says it, so nobody leaves on having
 * said it: a member leaves when every other has answered that it is live too, or was known to be live and is gone.
 * So whoever leaves is known to be live by all, and nobody waits for it.
 */
export class Parting {
  readonly #dependencies: PartingDependencies;
  readonly #live = new Set<MemberIndex>();
  readonly #told = new Set<MemberIndex>();
  readonly #telling = new Set<MemberIndex>();
  readonly #goneSince = new Map<MemberIndex, number>();

  constructor(dependencies: PartingDependencies) {
    this.#dependencies = dependencies;
  }

  noteLive(member: MemberIndex): void {
    this.#live.add(member);
  }

  /** @returns who has not said that the key is live with it. */
  get missing(): readonly MemberIndex[] {
    return this.#dependencies.others.filter((member) => !this.#live.has(member));
  }

  /** The key is live here. Resolves when all others are done with us, when `waitMs` are over, or when the signal aborts. */
  async finish({ waitMs, signal }: { readonly waitMs: number; readonly signal: AbortSignal }): Promise<void> {
    const deadline = performance.now() + waitMs;
    while (!signal.aborted) {
      const now = performance.now();
      const waitingFor = this.#dependencies.others.filter((member) => !this.#isDone(member, now));
      if (waitingFor.length === 0 || now >= deadline) return;
      for (const member of waitingFor) this.#tell(member);
      await new Promise((resolve) => setTimeout(resolve, TELL_EVERY_MS));
    }
  }

  #isDone(member: MemberIndex, now: number): boolean {
    if (this.#told.has(member)) return true;
    if (this.#dependencies.isConnected(member)) this.#goneSince.delete(member);
    else if (!this.#goneSince.has(member)) this.#goneSince.set(member, now);
    const goneSince = this.#goneSince.get(member);
    return this.#live.has(member) && goneSince !== undefined && now - goneSince >= GONE_AFTER_MS;
  }

  #tell(member: MemberIndex): void {
    if (this.#telling.has(member) || !this.#dependencies.isConnected(member)) return;
    this.#telling.add(member);
    const told = this.#dependencies.tell(member).then((isLive) => {
      if (!isLive) return;
      this.#live.add(member);
      this.#told.add(member);
    });
    // It cannot be asked now: it is asked again, or found to be gone.
    void told.catch(() => {}).finally(() => this.#telling.delete(member));
  }
}
