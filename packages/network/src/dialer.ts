import type { MemberIndex } from '@cairn/primitives';
import { Backoff } from './backoff.ts';
import type { Counters } from './counters.ts';
import type { Member } from './members.ts';
import type { NetworkLimits } from './options.ts';

interface Dependencies {
  dial(member: Member): Promise<void>;
  isConnected(member: Member): boolean;
  counters: Counters;
}

interface Attempt {
  readonly member: Member;
  readonly backoff: Backoff;
  timer: NodeJS.Timeout | undefined;
  isDialling: boolean;
  error: string | undefined;
}

/** Keeps trying to reach every member that is not connected and has an address, for ever, with back-off. */
export class Dialer {
  readonly #ownPeerId: string;
  readonly #limits: NetworkLimits;
  readonly #dependencies: Dependencies;
  readonly #attempts = new Map<MemberIndex, Attempt>();

  constructor(options: { ownPeerId: string; limits: NetworkLimits }, dependencies: Dependencies) {
    this.#ownPeerId = options.ownPeerId;
    this.#limits = options.limits;
    this.#dependencies = dependencies;
  }

  add(member: Member): void {
    if (member.addresses.length === 0 || member.peerIdText === this.#ownPeerId) return;
    const { dialBackoffMinMs: minMs, dialBackoffMaxMs: maxMs } = this.#limits;
    const attempt: Attempt = {
      member,
      backoff: new Backoff({ minMs, maxMs }),
      timer: undefined,
      isDialling: false,
      error: undefined,
    };
    this.remove(member.index);
    this.#attempts.set(member.index, attempt);
    this.#schedule(attempt, this.#courtesyMs(member));
  }

  remove(index: MemberIndex): void {
    clearTimeout(this.#attempts.get(index)?.timer);
    this.#attempts.delete(index);
  }

  /** The member is gone: it may be restarting, so the first tries come soon. */
  disconnected(index: MemberIndex): void {
    const attempt = this.#attempts.get(index);
    if (attempt === undefined || attempt.isDialling) return;
    attempt.backoff.reset();
    this.#schedule(attempt, this.#courtesyMs(attempt.member) + attempt.backoff.next());
  }

  /** Why the last dial failed: the name of libp2p's error, never its text. */
  lastError(index: MemberIndex): string | undefined {
    return this.#attempts.get(index)?.error;
  }

  stop(): void {
    for (const index of [...this.#attempts.keys()]) this.remove(index);
  }

  #courtesyMs(member: Member): number {
    return this.#ownPeerId < member.peerIdText ? 0 : this.#limits.dialCourtesyMs;
  }

  #schedule(attempt: Attempt, waitMs: number): void {
    clearTimeout(attempt.timer);
    attempt.timer = setTimeout(() => void this.#try(attempt), waitMs);
  }

  async #try(attempt: Attempt): Promise<void> {
    const isCurrent = () => this.#attempts.get(attempt.member.index) === attempt;
    if (!isCurrent() || attempt.isDialling || this.#dependencies.isConnected(attempt.member)) return;
    attempt.isDialling = true;
    try {
      await this.#dependencies.dial(attempt.member);
      attempt.error = undefined;
      attempt.backoff.reset();
    } catch (error) {
      attempt.error = nameOf(error);
      this.#dependencies.counters.count('dialsFailed', attempt.member.index);
    }
    attempt.isDialling = false;
    if (isCurrent() && !this.#dependencies.isConnected(attempt.member)) this.#schedule(attempt, attempt.backoff.next());
  }
}

function nameOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return nameOf(error.errors[0]);
  if (!(error instanceof Error)) return 'UnknownError';
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' && /^[A-Z_]{3,40}$/.test(code) ? code : error.name;
}
