import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { LogFile } from './log-file.ts';

/** All processes run the same sources: what one has compiled, the next ones load. */
const COMPILE_CACHE = fileURLToPath(new URL('../../../node_modules/.cache/cairn-compile', import.meta.url));
const LEASH = fileURLToPath(new URL('./leash.ts', import.meta.url));
/** Lines of a child that did not start well, kept for the error. */
const LAST_LINES_MAX = 20;
const LINE_CHARACTERS_MAX = 4000;

export interface ChildSpec {
  readonly name: string;
  /** A TypeScript program and its arguments; runs on the Node that runs us. */
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Its standard error goes there too. */
  readonly logPath: string;
  /** Each line of its standard output. */
  readonly onOutput?: (line: string) => void;
  /** Each line of its standard error. */
  readonly onLog?: (line: string) => void;
}

export interface ChildExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Child {
  readonly name: string;
  readonly pid: number;
  readonly exited: Promise<ChildExit>;
  /** Whether it still runs. */
  isAlive(): boolean;
  /** The end of what it printed. */
  lastLines(): readonly string[];
  kill(signal: NodeJS.Signals): void;
}

/**
 * The processes of one devnet. Each is in a process group of its own, so that a terminal's Ctrl-C reaches the devnet alone,
 * which then ends them in good order; and each is on a leash, so that none stays when the devnet is killed.
 */
export class ProcessGroup {
  readonly #children = new Set<Child>();
  #isStopping = false;

  /** @returns at once; whether the child does its work is for the caller to see. */
  start(spec: ChildSpec): Child {
    if (this.#isStopping) throw new Error('the group is ending');
    const child = spawn(process.execPath, ['--import', LEASH, ...spec.args], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...ownEnvironment(), ...spec.env },
      detached: true,
    });
    const started = track(child, spec);
    this.#children.add(started);
    void started.exited.then(() => this.#children.delete(started));
    return started;
  }

  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** Asks all to end, and after `graceMs` makes them. Resolves when every one is gone; more than once is fine. */
  async stop(graceMs = 8000): Promise<void> {
    this.#isStopping = true;
    const children = [...this.#children];
    for (const child of children) child.kill('SIGTERM');
    const timer = setTimeout(() => this.killNow(), graceMs);
    await Promise.all(children.map(({ exited }) => exited));
    clearTimeout(timer);
  }

  /** Ends all without asking; also right for an `exit` handler. */
  killNow(): void {
    this.#isStopping = true;
    for (const child of this.#children) child.kill('SIGKILL');
  }
}

function track(child: ChildProcess, spec: ChildSpec): Child {
  const log = new LogFile(spec.logPath);
  const last: string[] = [];
  const keep = (line: string, tell: ((line: string) => void) | undefined): void => {
    const text = line.slice(0, LINE_CHARACTERS_MAX);
    last.push(text);
    if (last.length > LAST_LINES_MAX) last.shift();
    tell?.(text);
  };
  readLines(child.stdout, (line) => keep(line, spec.onOutput));
  readLines(child.stderr, (line) => {
    log.write(line.slice(0, LINE_CHARACTERS_MAX));
    keep(line, spec.onLog);
  });
  let exit: ChildExit | undefined;
  const exited = new Promise<ChildExit>((resolve) => {
    child.once('error', (error) => {
      keep(error.message, spec.onLog);
      resolve({ code: null, signal: null });
    });
    // `close` comes after the last line was read
    child.once('close', (code, signal) => resolve({ code, signal }));
  }).then((value) => {
    exit = value;
    return value;
  });
  return {
    name: spec.name,
    pid: child.pid ?? -1,
    exited,
    isAlive: () => exit === undefined,
    lastLines: () => last,
    kill: (signal) => void child.kill(signal),
  };
}

/** Ours without the settings of a node or aggregator: a devnet's processes hear only what the devnet tells them. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const foreign = Object.entries(process.env).filter(([name]) => !name.startsWith('CAIRN_'));
  return { NODE_COMPILE_CACHE: COMPILE_CACHE, ...Object.fromEntries(foreign) };
}

function readLines(stream: Readable | null, tell: (line: string) => void): void {
  if (stream === null) return;
  createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', tell);
}
