import { CairnError } from '@cairn/primitives';
import type { Child, ChildSpec, ProcessGroup } from './process-group.ts';

const RESTART_DELAY_MS = 2000;
/** A process that lived this long has started well. */
const SETTLED_MS = 20_000;
const EARLY_ENDS_MAX = 3;

export interface Kept {
  readonly name: string;
  isAlive(): boolean;
  /** Rejects when the process ends too often to be started again. Never resolves. */
  readonly failed: Promise<never>;
}

export interface KeeperDependencies {
  readonly group: ProcessGroup;
  /** Told each time it ended by itself. */
  readonly onEnd: (name: string, why: string) => void;
  readonly restartDelayMs?: number;
}

/** Starts a process, and again when it ends by itself: whoever kills a member sees it come back and catch up. */
export function keepRunning(spec: ChildSpec, dependencies: KeeperDependencies): Kept {
  const { group, onEnd, restartDelayMs = RESTART_DELAY_MS } = dependencies;
  let child: Child = group.start(spec);
  const run = async (): Promise<never> => {
    for (let earlyEnds = 0; ; ) {
      const startedMs = performance.now();
      const { code, signal } = await child.exited;
      if (group.isStopping) return new Promise<never>(() => {});
      onEnd(spec.name, signal === null ? `ended with code ${code}` : `was ended by ${signal}`);
      earlyEnds = signal === null && performance.now() - startedMs < SETTLED_MS ? earlyEnds + 1 : 0;
      if (earlyEnds >= EARLY_ENDS_MAX) throw endless(child);
      await delay(restartDelayMs);
      if (group.isStopping) return new Promise<never>(() => {});
      child = group.start(spec);
    }
  };
  const failed = run();
  // whoever waits hears of it; nobody has to
  failed.catch(() => {});
  return { name: spec.name, isAlive: () => child.isAlive(), failed };
}

function endless(child: Child): CairnError {
  const last = child.lastLines().slice(-8).join('\n');
  return new CairnError('DEVNET_PROCESS_MISSING', `${child.name} does not stay up; its last lines:\n${last}`);
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
