import { BoundedMap, type MemberIndex } from '@cairn/primitives';
import { owned } from '../threads/owned.ts';
import type { CryptoOrder, CryptoReport, FrameSource, FrameVerdict } from '../threads/thread-messages.ts';

export interface FrameDeskDependencies {
  readonly toCrypto: (order: CryptoOrder) => void;
  readonly onVerdict: (source: FrameSource, report: Extract<CryptoReport, { kind: 'verdict' }>) => void;
  /** A member sends faster than its messages can be judged. */
  readonly onDropped: (from: MemberIndex | null) => void;
}

/** Frames of one sender that wait for a verdict; beyond it they are left out, and the protocol sends again. */
const WAITING_PER_SENDER_MAX = 512;
const SENDERS_MAX = 256;

interface Waiting {
  readonly source: FrameSource;
  readonly from: MemberIndex | null;
  readonly resolve: (verdict: FrameVerdict) => void;
}

/** Hands frames of others to the crypto threads and waits for their verdicts. */
export class FrameDesk {
  readonly #dependencies: FrameDeskDependencies;
  readonly #waiting = new Map<number, Waiting>();
  readonly #perSender = new BoundedMap<MemberIndex | null, number>(SENDERS_MAX);
  #nextId = 0;

  constructor(dependencies: FrameDeskDependencies) {
    this.#dependencies = dependencies;
  }

  /** @returns the door's verdict; `ignore` when the sender has too many frames waiting. */
  submit(source: FrameSource, from: MemberIndex | null, bytes: Uint8Array): Promise<FrameVerdict> {
    const count = this.#perSender.get(from) ?? 0;
    if (count >= WAITING_PER_SENDER_MAX) {
      this.#dependencies.onDropped(from);
      return Promise.resolve('ignore');
    }
    this.#perSender.set(from, count + 1);
    const id = this.#nextId++;
    return new Promise((resolve) => {
      this.#waiting.set(id, { source, from, resolve });
      this.#dependencies.toCrypto({ kind: 'frame', id, source, from, bytes: owned(bytes) });
    });
  }

  take(report: Extract<CryptoReport, { kind: 'verdict' }>): void {
    const waiting = this.#waiting.get(report.id);
    if (waiting === undefined) return;
    this.#waiting.delete(report.id);
    const count = (this.#perSender.get(waiting.from) ?? 1) - 1;
    if (count > 0) this.#perSender.set(waiting.from, count);
    else this.#perSender.delete(waiting.from);
    this.#dependencies.onVerdict(waiting.source, report);
    waiting.resolve(report.verdict);
  }

  stop(): void {
    for (const { resolve } of this.#waiting.values()) resolve('ignore');
    this.#waiting.clear();
  }
}
