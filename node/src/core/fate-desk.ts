import { BoundedMap, type Hash } from '@cairn/primitives';
import type { Attestation } from '@cairn/protocol';
import type { Commit } from '@cairn/replica';
import type { NodeStorePort } from '@cairn/storage';
import type { CoreAnswers, ItemFateView } from '../threads/thread-messages.ts';

export interface FateDeskDependencies {
  readonly store: Pick<NodeStorePort, 'fate'> & {
    readonly attestations: { forReport(id: Hash): Attestation | null };
  };
  readonly answer: (id: number, answer: CoreAnswers['await']) => void;
}

/** Requests that wait at once; the HTTP server allows fewer. */
const WAITERS_MAX = 4096;

/** Tells what became of items, now or when they are certified. */
export class FateDesk {
  readonly #dependencies: FateDeskDependencies;
  readonly #waiters = new BoundedMap<number, { readonly items: readonly Hash[]; readonly open: Set<Hash> }>(
    WAITERS_MAX,
  );
  readonly #byItem = new Map<Hash, Set<number>>();

  constructor(dependencies: FateDeskDependencies) {
    this.#dependencies = dependencies;
  }

  fateOf(item: Hash): ItemFateView {
    const fate = this.#dependencies.store.fate(item);
    switch (fate?.kind) {
      case undefined:
        return { status: 'unknown' };
      case 'pending':
        return { status: 'pending' };
      case 'in-batch':
        return { status: 'batched' };
      case 'certified':
        return { status: 'certified', height: fate.height, code: fate.code };
    }
  }

  /** Answers when all items are certified, or when `forget` is called. */
  wait(id: number, items: readonly Hash[]): void {
    const open = new Set(items.filter((item) => this.fateOf(item).status !== 'certified'));
    if (open.size === 0) return this.#answer(id, items);
    const evicted = this.#waiters.set(id, { items, open });
    for (const item of open) {
      const waiting = this.#byItem.get(item) ?? new Set();
      waiting.add(id);
      this.#byItem.set(item, waiting);
    }
    if (evicted !== undefined) this.#close(evicted[0], evicted[1]);
  }

  /** Answers with what there is. */
  forget(id: number): void {
    const waiter = this.#waiters.get(id);
    if (waiter !== undefined) this.#close(id, waiter);
  }

  onCommits(commits: readonly Commit[]): void {
    if (this.#byItem.size === 0) return;
    const done = new Set<number>();
    for (const { receipts } of commits) {
      for (const { id: item } of receipts) {
        for (const id of this.#byItem.get(item) ?? []) {
          const waiter = this.#waiters.get(id);
          waiter?.open.delete(item);
          if (waiter?.open.size === 0) done.add(id);
        }
      }
    }
    for (const id of done) this.forget(id);
  }

  #close(id: number, { items }: { readonly items: readonly Hash[] }): void {
    this.#waiters.delete(id);
    for (const item of items) {
      const waiting = this.#byItem.get(item);
      waiting?.delete(id);
      if (waiting?.size === 0) this.#byItem.delete(item);
    }
    this.#answer(id, items);
  }

  #answer(id: number, items: readonly Hash[]): void {
    const answer = items.map((item) => {
      const fate = this.fateOf(item);
      const isAccepted = fate.status === 'certified' && fate.code === 'accepted';
      const attestation = isAccepted ? this.#dependencies.store.attestations.forReport(item) : null;
      return { fate, attestation };
    });
    this.#dependencies.answer(id, answer);
  }
}
