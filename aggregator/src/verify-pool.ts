import { Worker } from 'node:worker_threads';
import type { SyncBlock } from '@cairn/http';
import { CairnError } from '@cairn/primitives';
import { encodeGenesis, type Genesis } from '@cairn/protocol';
import type { VerifyAnswer, VerifyOrder } from './verify-thread.ts';

/** Checks the signatures of received blocks away from the event loop. */
export interface BlockVerifier {
  /** @returns what is wrong with it, or null. @throws AGGREGATOR_WORKER_INVALID when a thread died over it. */
  verify(block: SyncBlock): Promise<string | null>;
  stop(): Promise<void>;
}

interface Thread {
  readonly worker: Worker;
  readonly waiting: Map<number, PromiseWithResolvers<string | null>>;
}

/** A thread that dies at once must not be started in a loop. */
const RESPAWN_MS = 1000;

/** Threads that take blocks in turn. The caller bounds how many it hands over: no more than one answer holds. */
export class VerifyPool implements BlockVerifier {
  readonly #genesis: Uint8Array;
  readonly #threads = new Set<Thread>();
  #nextId = 0;
  #isStopped = false;

  constructor(options: { readonly genesis: Genesis; readonly threads: number }) {
    this.#genesis = Uint8Array.from(encodeGenesis(options.genesis));
    for (let i = 0; i < options.threads; i++) this.#spawn();
  }

  verify(block: SyncBlock): Promise<string | null> {
    const [thread] = [...this.#threads].sort((a, b) => a.waiting.size - b.waiting.size);
    if (thread === undefined) {
      return Promise.reject(new CairnError('AGGREGATOR_WORKER_INVALID', 'no verifying thread is running'));
    }
    const id = this.#nextId++;
    const answer = Promise.withResolvers<string | null>();
    thread.waiting.set(id, answer);
    const order: VerifyOrder = { id, block };
    thread.worker.postMessage(order);
    return answer.promise;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all([...this.#threads].map(({ worker }) => worker.terminate()));
  }

  #spawn(): void {
    // flags of the process, such as --input-type, need not suit a thread
    const options = { workerData: { genesis: this.#genesis }, execArgv: [] };
    const worker = new Worker(new URL('./verify-thread.ts', import.meta.url), options);
    const thread: Thread = { worker, waiting: new Map() };
    this.#threads.add(thread);
    worker.unref();
    worker.on('message', ({ id, fault }: VerifyAnswer) => {
      thread.waiting.get(id)?.resolve(fault);
      thread.waiting.delete(id);
    });
    let cause: unknown;
    worker.on('error', (error) => {
      cause = error;
    });
    worker.on('exit', () => this.#lost(thread, cause));
  }

  #lost(thread: Thread, cause: unknown): void {
    this.#threads.delete(thread);
    const error = new CairnError('AGGREGATOR_WORKER_INVALID', 'a verifying thread ended', {}, { cause });
    for (const answer of thread.waiting.values()) answer.reject(error);
    if (this.#isStopped) return;
    setTimeout(() => {
      if (!this.#isStopped) this.#spawn();
    }, RESPAWN_MS).unref();
  }
}
