import type { Command } from 'commander';
import { type CommandIo, commandError, EXIT, processIo, toExitCode } from './command-io.ts';

interface StatusOptions {
  readonly url: string;
  readonly json?: boolean;
}

/** The parts of a node's answers that are shown. */
interface Status {
  readonly member: number;
  readonly name: string;
  readonly height: number;
  readonly view: number;
  readonly epoch: number;
  readonly blockTime: number;
  readonly isSyncing: boolean;
  readonly halted: string | null;
  readonly snapshotHeight: number | null;
  readonly pendingItems: number;
  readonly members: readonly {
    readonly index: number;
    readonly name: string;
    readonly isConnected: boolean;
    readonly lastVotedHeight: number | null;
    readonly votes: { readonly present: number; readonly window: number };
  }[];
}
interface Ready {
  readonly status: string;
  readonly checks: readonly {
    readonly name: string;
    readonly severity: string;
    readonly isOk: boolean;
    readonly detail: string;
  }[];
}

const TIMEOUT_MS = 10_000;

/** Adds `cairn status`. */
export function statusCommand(program: Command): void {
  program
    .command('status')
    .description('what a running member says of itself; exit status 3 while it is not ready')
    .option('--url <url>', 'its address', 'http://127.0.0.1:8080')
    .option('--json', 'one JSON object on stdout')
    .action(async (options: StatusOptions) => {
      const task = () => tellStatus(options, processIo);
      process.exitCode = await toExitCode(processIo, options.json === true, task);
    });
}

async function tellStatus({ url, json }: StatusOptions, io: CommandIo): Promise<number> {
  const { data: status } = (await read(url, '/v1/status')) as { readonly data: Status };
  const ready = (await read(url, '/ready')) as Ready;
  if (json === true) io.out(JSON.stringify({ ...status, ready: ready.status, checks: ready.checks }));
  else for (const line of linesOf(status, ready)) io.out(line);
  return ready.status === 'ready' ? EXIT.done : EXIT.refused;
}

async function read(url: string, path: string): Promise<unknown> {
  try {
    const response = await fetch(new URL(path, url), { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return await response.json();
  } catch (cause) {
    throw commandError('COMMAND_INPUT_MISSING', `no member answers at ${url}`, {}, cause);
  }
}

function linesOf(status: Status, ready: Ready): readonly string[] {
  const failing = ready.checks.filter(({ isOk }) => !isOk);
  return [
    `member ${status.member} (${status.name}): ${ready.status}${status.halted === null ? '' : `, stopped: ${status.halted}`}`,
    `height ${status.height}, view ${status.view}, epoch ${status.epoch}, block of ${new Date(status.blockTime).toISOString()}`,
    ...(status.snapshotHeight === null ? [] : [`began with the snapshot of block ${status.snapshotHeight}`]),
    `${status.pendingItems} items wait for a block`,
    ...status.members.map(
      ({ index, name, isConnected, lastVotedHeight, votes }) =>
        `  ${index} ${name.padEnd(16)} ${isConnected ? 'connected' : 'away     '}  votes ${votes.present}/${votes.window}` +
        `, last at ${lastVotedHeight ?? '-'}`,
    ),
    ...failing.map(({ name, severity, detail }) => `${severity}: ${name}: ${detail}`),
  ];
}
