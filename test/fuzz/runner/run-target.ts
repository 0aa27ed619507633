import { Rng, toHex } from '@cairn/primitives';
import { Broken, type Subject, type Target } from '../target.ts';
import { describeError, type Finding, type FindingKind, fingerprintOf, type TargetResult } from './finding.ts';
import { HeapWatch } from './heap-watch.ts';
import { minimise } from './minimise.ts';

export interface RunOptions {
  readonly seed: number;
  /** As asked for; the target takes its share. */
  readonly inputs: number;
  /** Runs this one alone, or with those of its session before it. */
  readonly only?: number;
  /** How often the heap is measured; 0: never. */
  readonly heapMarks?: number;
  /** An input that takes longer is tried twice more, and reported if it always does. */
  readonly slowMs?: number;
  /** Told before each input. */
  readonly onInput?: (index: number) => void;
}

const SLOW_MS = 250;
/** An input of a session cannot be tried again alone. */
const SLOW_IN_SESSION_MS = 3_000;
const HEAP_MARKS = 24;
const FINDINGS_MAX = 10;
/** One finding in every input says no more than so many do. */
const REPEATS_MAX = 1_000;

/** Feeds one target in this thread. Findings are returned, not thrown. */
export async function runTarget(target: Target, options: RunOptions): Promise<TargetResult> {
  const run = new Run(target, options);
  return run.toTheEnd();
}

/** Inputs that a target gets when `inputs` were asked for. */
export function inputsOf(target: Pick<Target, 'share'>, inputs: number): number {
  return Math.max(1, Math.round(inputs * target.share));
}

class Run {
  readonly #target: Target;
  readonly #options: RunOptions;
  readonly #findings = new Map<string, Finding>();
  readonly #heap: HeapWatch;
  readonly #inputs: number;
  #subject: Subject | undefined;
  #accepted = 0;
  #repeats = 0;
  #slowestMs = 0;

  constructor(target: Target, options: RunOptions) {
    this.#target = target;
    this.#options = options;
    this.#inputs = inputsOf(target, options.inputs);
    const marks = options.only === undefined ? (options.heapMarks ?? HEAP_MARKS) : 0;
    this.#heap = new HeapWatch({ inputs: this.#inputs, marks });
  }

  async toTheEnd(): Promise<TargetResult> {
    const startedMs = performance.now();
    const [first, last] = this.#range();
    let done = 0;
    for (let index = first; index <= last && this.#repeats < REPEATS_MAX; index++) {
      if (this.#subject === undefined || this.#isSessionStart(index)) await this.#reopen(index);
      this.#options.onInput?.(index);
      // only what is asynchronous is waited for: it costs more than most decoders do
      const waiting = this.#one(index);
      if (waiting !== undefined) await waiting;
      this.#heap.after(++done);
    }
    await this.#subject?.close?.();
    if (this.#heap.isUnbounded)
      this.#note('memory', { index: last, detail: `grew by ${this.#heap.growthBytes} bytes` });
    return {
      target: this.#target.name,
      inputs: done,
      accepted: this.#accepted,
      slowestMs: this.#slowestMs,
      heapGrowthBytes: this.#heap.growthBytes,
      elapsedMs: performance.now() - startedMs,
      findings: [...this.#findings.values()],
      repeats: this.#repeats,
    };
  }

  #range(): readonly [number, number] {
    const { only } = this.#options;
    if (only === undefined) return [0, this.#inputs - 1];
    const { sessionInputs } = this.#target;
    return [sessionInputs === 0 ? only : only - (only % sessionInputs), only];
  }

  #isSessionStart(index: number): boolean {
    const { sessionInputs } = this.#target;
    return sessionInputs > 0 && index % sessionInputs === 0;
  }

  async #reopen(index: number): Promise<void> {
    await this.#subject?.close?.();
    this.#subject = await this.#target.open(this.#rngOf(index, 1));
  }

  #rngOf(index: number, stream: number): Rng {
    return new Rng(mixed(this.#options.seed, this.#target.name, index, stream));
  }

  #one(index: number): Promise<void> | undefined {
    const rng = this.#rngOf(index, 0);
    const subject = this.#subject as Subject;
    const input = subject.generate(rng);
    const startedMs = performance.now();
    try {
      const taken = subject.take(input, rng);
      if (typeof taken === 'boolean') return this.#taken(index, input, { isAccepted: taken, startedMs });
      return taken.then(
        (isAccepted) => this.#taken(index, input, { isAccepted, startedMs }),
        (error) => this.#threw(index, input, error),
      );
    } catch (error) {
      return this.#threw(index, input, error);
    }
  }

  #taken(
    index: number,
    input: Uint8Array,
    { isAccepted, startedMs }: { readonly isAccepted: boolean; readonly startedMs: number },
  ): Promise<void> | undefined {
    if (isAccepted) this.#accepted++;
    const elapsedMs = performance.now() - startedMs;
    if (elapsedMs > this.#slowestMs) this.#slowestMs = elapsedMs;
    const slowMs = this.#options.slowMs ?? (this.#target.sessionInputs === 0 ? SLOW_MS : SLOW_IN_SESSION_MS);
    return elapsedMs > slowMs ? this.#slow(index, input, { elapsedMs, slowMs }) : undefined;
  }

  async #slow(
    index: number,
    input: Uint8Array,
    { elapsedMs, slowMs }: { readonly elapsedMs: number; readonly slowMs: number },
  ): Promise<void> {
    let quickestMs = elapsedMs;
    for (let i = 0; i < 2 && this.#target.sessionInputs === 0; i++) {
      // of the processor: a busy machine is slow at everything
      const before = process.threadCpuUsage();
      await (this.#subject as Subject).take(input, this.#rngOf(index, 0));
      const { user, system } = process.threadCpuUsage(before);
      quickestMs = Math.min(quickestMs, (user + system) / 1000);
    }
    if (quickestMs > slowMs) this.#note('slow', { index, detail: `took ${quickestMs.toFixed(0)} ms`, input });
  }

  async #threw(index: number, input: Uint8Array, error: unknown): Promise<void> {
    const kind = error instanceof Broken ? 'broken' : 'threw';
    const key = `${kind} ${fingerprintOf(error)}`;
    const isNew = !this.#findings.has(key) && this.#findings.size < FINDINGS_MAX;
    if (!isNew) this.#repeats++;
    const minimal = isNew && this.#target.sessionInputs === 0 ? await this.#minimal(input, error, index) : null;
    if (isNew) this.#note(kind, { index, detail: describeError(error), input, minimal, key });
    // what threw may have stopped half way: a new session begins
    if (this.#target.sessionInputs > 0) await this.#reopen(index);
  }

  #minimal(input: Uint8Array, first: unknown, index: number): Promise<Uint8Array> {
    return minimise(input, async (shorter) => {
      try {
        await (this.#subject as Subject).take(shorter, this.#rngOf(index, 0));
        return false;
      } catch (error) {
        return fingerprintOf(error) === fingerprintOf(first);
      }
    });
  }

  #note(
    kind: FindingKind,
    what: {
      readonly index: number;
      readonly detail: string;
      readonly input?: Uint8Array;
      readonly minimal?: Uint8Array | null;
      readonly key?: string;
    },
  ): void {
    const { index, detail, input, minimal, key = kind } = what;
    if (this.#findings.has(key)) {
      this.#repeats++;
      return;
    }
    this.#findings.set(key, {
      target: this.#target.name,
      kind,
      seed: this.#options.seed,
      index,
      detail,
      input: input === undefined ? null : toHex(input),
      minimal: minimal ? toHex(minimal) : null,
    });
  }
}

/** 32 bits, different for every index of one target. */
function mixed(seed: number, name: string, index: number, stream: number): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  let z = (hash + Math.imul(2 * index + stream, 0x9e3779b1)) | 0;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return (z ^ (z >>> 15)) >>> 0;
}
