import { sha256Hash } from '@cairn/crypto';
import type { Verdict } from '@cairn/http';
import { CairnError, concatBytes } from '@cairn/primitives';
import { ITEM_BYTES_MAX, type ItemKind } from '@cairn/protocol';
import type { IntakeAnswer } from '@cairn/replica';
import type { CryptoOrder, CryptoReport } from '../threads/thread-messages.ts';

export interface IntakeDeskDependencies {
  readonly toCrypto: (order: CryptoOrder) => void;
  /** Runs soon, when what arrived at the same time is here too. */
  readonly soon: (task: () => void) => void;
}

/** Items that wait for their answer; beyond it requests are refused at once. */
const WAITING_ITEMS_MAX = 32_768;
/** Items checked together: requests that arrive at the same time share the way through the threads. */
const PACK_ITEMS_MAX = 512;

interface Submission {
  readonly kind: ItemKind;
  readonly items: readonly Uint8Array[];
  readonly resolve: (verdicts: readonly Verdict[]) => void;
  readonly reject: (error: unknown) => void;
}

interface OpenPack {
  readonly submissions: readonly Submission[];
  checked?: Extract<CryptoReport, { kind: 'intake-checked' }>;
  answer?: IntakeAnswer;
}

/** Takes items in from HTTP: checked in a crypto thread, made durable by the core, then answered. */
export class IntakeDesk {
  readonly #dependencies: IntakeDeskDependencies;
  readonly #packs = new Map<number, OpenPack>();
  #queue: Submission[] = [];
  #waitingItems = 0;
  #nextRequest = 0;

  constructor(dependencies: IntakeDeskDependencies) {
    this.#dependencies = dependencies;
  }

  get waitingItems(): number {
    return this.#waitingItems;
  }

  /** @returns one verdict each, in order, when all that were accepted are durable. @throws NODE_BUSY_EXCEEDED, NODE_STOPPING_INVALID */
  submit(kind: ItemKind, items: readonly Uint8Array[]): Promise<readonly Verdict[]> {
    if (this.#waitingItems + items.length > WAITING_ITEMS_MAX) {
      return Promise.reject(new CairnError('NODE_BUSY_EXCEEDED', 'too many reports wait to be checked'));
    }
    this.#waitingItems += items.length;
    return new Promise((resolve, reject) => {
      this.#queue.push({ kind, items, resolve, reject });
      if (this.#queue.length === 1) this.#dependencies.soon(() => this.#flush());
    });
  }

  takeChecked(report: Extract<CryptoReport, { kind: 'intake-checked' }>): void {
    const pack = this.#packs.get(report.request);
    if (pack === undefined) return;
    pack.checked = report;
    this.#close(report.request, pack);
  }

  takeAnswer(answer: IntakeAnswer): void {
    const pack = this.#packs.get(answer.request);
    if (pack === undefined) return;
    pack.answer = answer;
    this.#close(answer.request, pack);
  }

  stop(): void {
    const error = new CairnError('NODE_STOPPING_INVALID', 'the node is stopping');
    const open = [...this.#packs.values()].flatMap(({ submissions }) => submissions);
    for (const { reject } of [...this.#queue, ...open]) reject(error);
    this.#queue = [];
    this.#packs.clear();
  }

  #flush(): void {
    const queue = this.#queue;
    this.#queue = [];
    let pack: Submission[] = [];
    let count = 0;
    for (const submission of queue) {
      const isFull =
        pack.length > 0 && (count + submission.items.length > PACK_ITEMS_MAX || pack[0]?.kind !== submission.kind);
      if (isFull) {
        this.#send(pack);
        pack = [];
        count = 0;
      }
      pack.push(submission);
      count += submission.items.length;
    }
    if (pack.length > 0) this.#send(pack);
  }

  #send(submissions: readonly Submission[]): void {
    const request = this.#nextRequest++;
    this.#packs.set(request, { submissions });
    // What is far too long is cut: it is refused for its length all the same, and its id is the hash of all of it.
    const items = submissions.flatMap(({ items }) => items.map(cut));
    const ends: number[] = [];
    let end = 0;
    for (const { length } of items) {
      end += length;
      ends.push(end);
    }
    const kind = (submissions[0] as Submission).kind;
    this.#dependencies.toCrypto({ kind: 'intake', request, pack: { kind, bytes: concatBytes(...items), ends } });
  }

  /** Complete when the door has spoken, and the core too if anything passed. */
  #close(request: number, { submissions, checked, answer }: OpenPack): void {
    if (checked === undefined) return;
    const hasPassed = checked.faults === null || checked.faults.some((fault) => fault === null);
    if (hasPassed && answer === undefined) return;
    this.#packs.delete(request);
    const verdicts = verdictsOf(checked, answer);
    let start = 0;
    for (const { items, resolve } of submissions) {
      const own = verdicts.slice(start, start + items.length);
      start += items.length;
      this.#waitingItems -= items.length;
      resolve(own.map((verdict, i) => withOwnId(verdict, items[i] as Uint8Array)));
    }
  }
}

function cut(item: Uint8Array): Uint8Array {
  return item.length > ITEM_BYTES_MAX ? item.subarray(0, ITEM_BYTES_MAX + 1) : item;
}

function withOwnId(verdict: Verdict, item: Uint8Array): Verdict {
  return item.length > ITEM_BYTES_MAX ? { ...verdict, id: sha256Hash(item) } : verdict;
}

function verdictsOf(
  { ids, faults }: Extract<CryptoReport, { kind: 'intake-checked' }>,
  answer: IntakeAnswer | undefined,
): readonly Verdict[] {
  let next = 0;
  return ids.map((id, index): Verdict => {
    const fault = faults?.[index] ?? null;
    if (fault !== null) return { id, status: 'refused', ...fault };
    const code = answer?.verdicts[next++]?.code ?? null;
    return code === null ? { id, status: 'accepted' } : { id, status: 'refused', ...refusalOf(code) };
  });
}

/** Receipt codes are what they are; the member's own reasons have codes of this package. */
function refusalOf(code: NonNullable<IntakeAnswer['verdicts'][number]['code']>): { code: string; detail?: string } {
  if (code === 'pool-full')
    return { code: 'INTAKE_POOL_EXCEEDED', detail: 'too many reports wait; send it again later' };
  if (code === 'halted') return { code: 'INTAKE_MEMBER_INVALID', detail: 'this member has stopped; use another one' };
  return { code };
}
