import { readdirSync, readFileSync } from 'node:fs';

/** What /proc counts processor time in: the same on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** Seconds of processor time, user and system, of a process so far: ended threads too, and what each living one took. */
export interface ProcessorTime {
  readonly total: number;
  /** By the kind of thread. */
  readonly threads: ReadonlyMap<string, number>;
}

/** @throws when the process is gone. */
export function processorTime(pid: number): ProcessorTime {
  const threads = new Map<string, number>();
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    const { name, seconds } = readStat(`/proc/${pid}/task/${task}/stat`);
    const kind = kindOf(name);
    threads.set(kind, (threads.get(kind) ?? 0) + seconds);
  }
  return { total: readStat(`/proc/${pid}/stat`).seconds, threads };
}

/** Seconds that all processors of the machine were busy, for whatever process. */
export function machineBusySeconds(): number {
  const [, user, nice, system, , , irq, softirq] = (readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '')
    .split(/\s+/)
    .map(Number);
  return [user, nice, system, irq, softirq].reduce<number>((sum, ticks) => sum + (ticks ?? 0), 0) / TICKS_PER_SECOND;
}

function readStat(path: string): { readonly name: string; readonly seconds: number } {
  const stat = readFileSync(path, 'utf8');
  const nameEnd = stat.lastIndexOf(')');
  const fields = stat.slice(nameEnd + 2).split(' ');
  return {
    name: stat.slice(stat.indexOf('(') + 1, nameEnd),
    seconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
  };
}

/** Threads are named by Node, and workers by whoever starts them. */
function kindOf(name: string): string {
  if (name === 'core' || name === 'crypto') return name;
  if (name === 'MainThread' || name === 'node') return 'main';
  return name === 'V8Worker' || name === 'DelayedTaskSche' ? 'garbage collector' : 'other';
}
