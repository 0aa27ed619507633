/** `threw`: an error without a code. `broken`: a rule of the target. `died`: the thread, outside of any call of ours. */
export type FindingKind = 'threw' | 'broken' | 'slow' | 'hang' | 'memory' | 'died';

/** What an input did that no input may. */
export interface Finding {
  readonly target: string;
  readonly kind: FindingKind;
  readonly seed: number;
  readonly index: number;
  /** The error with the top of its stack, or the measure. */
  readonly detail: string;
  /** Hex of the input; null where no single one is to blame. */
  readonly input: string | null;
  /** Hex of the shortest input found that does the same; null for targets with a state. */
  readonly minimal: string | null;
}

/** How one target fared. */
export interface TargetResult {
  readonly target: string;
  readonly inputs: number;
  readonly accepted: number;
  readonly slowestMs: number;
  /** Heap and buffers after collection, last quarter of the run less the first. */
  readonly heapGrowthBytes: number;
  readonly elapsedMs: number;
  readonly findings: readonly Finding[];
  /** Findings that only repeat one above. */
  readonly repeats: number;
}

const STACK_LINES = 4;

/** The error, and where it was thrown. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return `threw ${typeof error}: ${String(error)}`;
  const stack = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  const cause = error.cause instanceof Error ? [`  caused by ${error.cause.name}: ${error.cause.message}`] : [];
  return [`${error.name}: ${error.message}`, ...cause, ...stack.slice(0, STACK_LINES)].join('\n');
}

/** Equal for what is most likely one defect: name and place, without the numbers of a message. */
export function fingerprintOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const at = /^\s+at .*$/m.exec(error.stack ?? '')?.[0] ?? '';
  return `${error.name} ${error.name === 'Broken' ? error.message.slice(0, 24) : at}`;
}
