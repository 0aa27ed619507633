import { assertNever, CairnError } from '@cairn/primitives';
import type { ChainReads } from '@cairn/storage';
import type { CoreOrder, CoreReport } from '../threads/thread-messages.ts';
import type { FateDesk } from './fate-desk.ts';
import type { UnknownVote } from './own-votes.ts';
import type { SyncServer } from './serve-sync.ts';

export interface CoreDeskDependencies {
  readonly fates: FateDesk;
  readonly sync: SyncServer;
  readonly chain: Pick<ChainReads, 'certifiedRange' | 'tip' | 'prunedBelow' | 'evidence' | 'evidenceById'>;
  /** What of these messages of this member its disk does not know. */
  readonly unknownVote: (messages: readonly Uint8Array[]) => UnknownVote | null;
  readonly toMain: (report: CoreReport) => void;
}

/** Answers the questions of the main thread, which keeps no state of the chain. */
export class CoreDesk {
  readonly #dependencies: CoreDeskDependencies;

  constructor(dependencies: CoreDeskDependencies) {
    this.#dependencies = dependencies;
  }

  answer({ id, question }: Extract<CoreOrder, { kind: 'ask' }>): void {
    const { fates, sync, chain, unknownVote, toMain } = this.#dependencies;
    try {
      switch (question.about) {
        case 'serve':
          return toMain({ kind: 'answer', id, answer: sync.serve(question.request, question.member) });
        case 'fate':
          return toMain({ kind: 'answer', id, answer: fates.fateOf(question.item) });
        case 'await':
          return fates.wait(id, question.items);
        case 'evidence':
          return toMain({ kind: 'answer', id, answer: chain.evidence(question.query) });
        case 'evidence-by-id':
          return toMain({ kind: 'answer', id, answer: chain.evidenceById(question.evidence) });
        case 'own-votes':
          return toMain({ kind: 'answer', id, answer: unknownVote(question.messages) });
        case 'blocks': {
          const { from, limit, bytesMax } = question;
          const blocks = chain.certifiedRange({ fromHeight: from, toHeight: from + limit - 1, bytesMax });
          const isGone = from <= chain.tip().height && from < chain.prunedBelow();
          const answer = blocks.map(({ certified, batches }) => ({ certified, batches }));
          return toMain({ kind: 'answer', id, answer: isGone ? null : answer });
        }
        default:
          return assertNever(question);
      }
    } catch (error) {
      // What a peer asked may be malformed. Corruption of our own store is no answer: it stops the process.
      if (!(error instanceof CairnError) || error.code.startsWith('STORAGE_')) throw error;
      toMain({ kind: 'refusal', id, code: error.code, message: error.message });
    }
  }
}
