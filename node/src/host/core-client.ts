import { CairnError } from '@cairn/primitives';
import type { CoreAnswers, CoreOrder, CoreQuestion, CoreReport } from '../threads/thread-messages.ts';

/** Questions that may be open at once; each holds a request of a peer or of a client. */
const QUESTIONS_MAX = 8192;

type AnswerTo<Q extends CoreQuestion> = CoreAnswers[Q['about']];

/** Asks the core thread and waits for its answers. */
export class CoreClient {
  readonly #toCore: (order: CoreOrder) => void;
  readonly #open = new Map<number, { resolve(answer: unknown): void; reject(error: unknown): void }>();
  #nextId = 0;

  constructor(dependencies: { readonly toCore: (order: CoreOrder) => void }) {
    this.#toCore = dependencies.toCore;
  }

  /**
   * @param signal when it aborts, a question that waits is answered with what there is.
   * @throws NODE_BUSY_EXCEEDED, NODE_STOPPING_INVALID, and the code with which the core refuses.
   */
  ask<Q extends CoreQuestion>(question: Q, signal?: AbortSignal): Promise<AnswerTo<Q>> {
    if (this.#open.size >= QUESTIONS_MAX) {
      return Promise.reject(new CairnError('NODE_BUSY_EXCEEDED', 'too many requests wait'));
    }
    const id = this.#nextId++;
    const forget = () => this.#toCore({ kind: 'forget', id });
    signal?.addEventListener('abort', forget, { once: true });
    return new Promise<AnswerTo<Q>>((resolve, reject) => {
      this.#open.set(id, { resolve: resolve as (answer: unknown) => void, reject });
      this.#toCore({ kind: 'ask', id, question });
      if (signal?.aborted === true) forget();
    }).finally(() => signal?.removeEventListener('abort', forget));
  }

  take(report: Extract<CoreReport, { kind: 'answer' | 'refusal' }>): void {
    const open = this.#open.get(report.id);
    this.#open.delete(report.id);
    if (report.kind === 'answer') open?.resolve(report.answer);
    else open?.reject(new CairnError(report.code, report.message));
  }

  stop(): void {
    const error = new CairnError('NODE_STOPPING_INVALID', 'the node is stopping');
    for (const { reject } of this.#open.values()) reject(error);
    this.#open.clear();
  }
}
