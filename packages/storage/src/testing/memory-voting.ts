import type { Hash } from '@cairn/primitives';
import { type Block, blockHash, decodeBlock } from '@cairn/protocol';
import type { VotingEntry, VotingRecord } from '@cairn/replica';
import { checkPrepared, checkProposed } from '../voting-rules.ts';
import type { UndoLog } from './undo-log.ts';

type Prepared = NonNullable<VotingRecord['prepared']>;

/** Voting records of the height above the tip, as `VotingTables` keeps them. */
export class MemoryVoting {
  readonly #undo: UndoLog;
  #record: VotingRecord = emptyRecord;
  readonly #candidates = new Map<Hash, Uint8Array>();

  constructor(dependencies: { readonly undo: UndoLog }) {
    this.#undo = dependencies.undo;
  }

  write(entry: VotingEntry): void {
    const record = this.#record;
    switch (entry.kind) {
      case 'entered':
        if (entry.view > (record.entered?.view ?? -1))
          this.#change({ entered: { view: entry.view, entry: entry.entry } });
        break;
      case 'high-certificate': {
        const { certificate } = entry;
        if (certificate.view > (record.highCertificate?.view ?? -1)) this.#change({ highCertificate: certificate });
        break;
      }
      case 'timed-out':
        this.#writeTimedOut(entry);
        break;
      case 'proposed':
        this.#writeProposed(entry);
        break;
      case 'prepared':
        this.#writePrepared(entry);
        break;
    }
  }

  dropAll(): void {
    this.#change(emptyRecord);
    for (const hash of this.#candidates.keys()) this.#undo.delete(this.#candidates, hash);
  }

  candidate(hash: Hash): Block | null {
    const bytes = this.#candidates.get(hash);
    return bytes === undefined ? null : decodeBlock(bytes);
  }

  restore(): VotingRecord {
    return this.#record;
  }

  #writeTimedOut({ view, vote }: Extract<VotingEntry, { kind: 'timed-out' }>): void {
    const earlier = this.#record.timedOut;
    const isOlder =
      earlier !== null && (view < earlier.view || (view === earlier.view && vote.highView < earlier.vote.highView));
    if (!isOlder) this.#change({ timedOut: { view, vote } });
  }

  #writeProposed({ height, view, block }: Extract<VotingEntry, { kind: 'proposed' }>): void {
    const hash = blockHash(decodeBlock(block));
    const earlier = this.#record.proposed.find((each) => each.view === view);
    checkProposed({ height, view, hash }, earlier === undefined ? null : blockHash(decodeBlock(earlier.block)));
    this.#undo.set(this.#candidates, hash, block);
    if (earlier !== undefined) return;
    const proposed = [...this.#record.proposed, { view, block }].sort((a, b) => a.view - b.view);
    this.#change({ proposed });
  }

  #writePrepared(entry: Extract<VotingEntry, { kind: 'prepared' }>): void {
    const { view, hash, block } = entry;
    checkPrepared(entry, { highest: this.#record.prepared, timedOutView: this.#record.timedOut?.view ?? null });
    this.#undo.set(this.#candidates, hash, block);
    const prepared: Prepared = { view, hash, block };
    this.#change({ prepared });
  }

  #change(change: Partial<VotingRecord>): void {
    const before = this.#record;
    this.#undo.onUndo(() => {
      this.#record = before;
    });
    this.#record = { ...before, ...change };
  }
}

const emptyRecord: VotingRecord = {
  entered: null,
  proposed: [],
  prepared: null,
  highCertificate: null,
  timedOut: null,
};
