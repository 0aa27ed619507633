import type { MemberIndex } from '@cairn/primitives';
import type { Signer } from '@cairn/replica';
import type { CoreOrder, CryptoOrder, CryptoReport, CryptoWork } from '../threads/thread-messages.ts';
import { checkItems } from './check-items.ts';
import type { Door } from './door.ts';

export interface CryptoLoopDependencies {
  readonly door: Door;
  /** Null in threads that only verify. */
  readonly signer: Signer | null;
  /** The next order that has arrived meanwhile; never waits. */
  readonly poll: () => CryptoOrder | undefined;
  readonly toCore: (order: CoreOrder) => void;
  readonly toMain: (report: CryptoReport) => void;
  /** Seconds, from any start. */
  readonly clock: () => number;
}

type SlowOrder = Extract<CryptoOrder, { kind: 'frame' | 'intake' }>;

/**
 * The order of work in a crypto thread: agreement and FROST first, also in the middle of a long check; then own intake
 * and batches of others in turn. The queues are bounded by their senders, who wait for verdicts and answers.
 */
export class CryptoLoop {
  readonly #dependencies: CryptoLoopDependencies;
  readonly #urgent: CryptoOrder[] = [];
  readonly #intake: SlowOrder[] = [];
  readonly #batches: SlowOrder[] = [];
  #isIntakeTurn = true;

  constructor(dependencies: CryptoLoopDependencies) {
    this.#dependencies = dependencies;
  }

  /** Takes an order in, and works until there is none. */
  run(first: CryptoOrder): void {
    this.#sort(first);
    for (;;) {
      this.serveUrgent();
      const slow = this.#nextSlow();
      if (slow === undefined) return;
      this.#doSlow(slow);
    }
  }

  /** What cannot wait: also called between the signatures of a long check. */
  serveUrgent(): void {
    const { poll } = this.#dependencies;
    for (let order = poll(); order !== undefined; order = poll()) this.#sort(order);
    for (let order = this.#urgent.shift(); order !== undefined; order = this.#urgent.shift()) this.#doUrgent(order);
  }

  #sort(order: CryptoOrder): void {
    if (order.kind === 'intake') this.#intake.push(order);
    else if (order.kind === 'frame' && (order.source === 'batch' || order.source === 'sync-batch'))
      this.#batches.push(order);
    else this.#urgent.push(order);
  }

  #nextSlow(): SlowOrder | undefined {
    this.#isIntakeTurn = !this.#isIntakeTurn;
    const [first, second] = this.#isIntakeTurn ? [this.#intake, this.#batches] : [this.#batches, this.#intake];
    return first.shift() ?? second.shift();
  }

  #doSlow(order: SlowOrder): void {
    if (order.kind === 'frame') this.#timed('verify-batch', () => this.#judge(order));
    else this.#timed('verify-intake', () => this.#checkIntake(order));
  }

  #doUrgent(order: CryptoOrder): void {
    switch (order.kind) {
      case 'frame':
        return this.#judge(order);
      case 'sign':
        return this.#sign(order.request);
      case 'tip':
        return this.#dependencies.door.setTip(order.height);
      case 'intake':
        return;
    }
  }

  #judge({ id, source, from, bytes }: Extract<CryptoOrder, { kind: 'frame' }>): void {
    const { door, toCore, toMain } = this.#dependencies;
    const { verdict, message, fault, order } = door.admit(source, from, bytes);
    if (order !== null) toCore(order);
    toMain({ kind: 'verdict', id, verdict, message, author: authorOf(order), fault });
  }

  #checkIntake({ request, pack }: Extract<CryptoOrder, { kind: 'intake' }>): void {
    const { door, toCore, toMain } = this.#dependencies;
    const { ids, faults } = checkItems(pack, door);
    const passed = faults === null ? null : [...faults.keys()].filter((index) => faults[index] === null);
    toMain({ kind: 'intake-checked', request, ids, faults });
    if (passed?.length !== 0) toCore({ kind: 'items', request, pack, ids, passed });
  }

  #sign(request: Extract<CryptoOrder, { kind: 'sign' }>['request']): void {
    const { signer, toCore, toMain } = this.#dependencies;
    const handle = () => signer?.handle(request) ?? null;
    const isTimed = request.kind === 'sign' || request.kind === 'aggregate';
    const heldBefore = signer?.heldNonceCount ?? 0;
    const result = isTimed ? this.#timed(request.kind, handle) : handle();
    if (result !== null) toCore({ kind: 'signed', result });
    const made = result?.kind === 'nonce' || result?.kind === 'share' || result?.kind === 'unknown-nonce' ? 1 : 0;
    const spent = result?.kind === 'share' ? 1 : 0;
    const destroyed = heldBefore + made - spent - (signer?.heldNonceCount ?? 0);
    if (made + spent + destroyed > 0) toMain({ kind: 'nonces', made, spent, destroyed });
  }

  #timed<T>(work: CryptoWork, task: () => T): T {
    const { clock, toMain } = this.#dependencies;
    const startedAt = clock();
    const result = task();
    toMain({ kind: 'timing', work, seconds: clock() - startedAt });
    return result;
  }
}

function authorOf(order: CoreOrder | null): MemberIndex | null {
  return order?.kind === 'message' && order.message.kind !== 'certified-block' ? order.message.member : null;
}
