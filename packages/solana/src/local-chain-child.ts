import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { CairnError } from '@cairn/primitives';
import type { ChainId } from './chain-client.ts';
import type { LocalChainOptions } from './local-chain.ts';

const PROGRAM = fileURLToPath(new URL('./local-chain-process.ts', import.meta.url));

/** The embedded chain in a process of its own, which ends with this one. */
export class LocalChainChild {
  readonly rpcUrl: string;
  readonly wsUrl: string;
  readonly chain: ChainId;
  readonly pid: number;
  /** Resolves with the exit code when the process is gone, however that came. */
  readonly exited: Promise<number | null>;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, exited: Promise<number | null>, line: LocalChainLine) {
    this.#child = child;
    this.exited = exited;
    this.rpcUrl = line.rpcUrl;
    this.wsUrl = line.wsUrl;
    this.chain = line.chain;
    this.pid = line.pid;
  }

  /** @throws SOLANA_LOCAL_CHAIN_INVALID when the process ends before it says where it listens. */
  static async start(options: LocalChainOptions = {}): Promise<LocalChainChild> {
    const args = [PROGRAM];
    if (options.port !== undefined) args.push('--port', String(options.port));
    if (options.wsPort !== undefined) args.push('--ws-port', String(options.wsPort));
    if (options.slotTimeMs !== undefined) args.push('--slot-time-ms', String(options.slotTimeMs));
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    const exited = once(child, 'exit').then(([code]) => code as number | null);
    const lines = createInterface({ input: child.stdout });
    const first = await Promise.race([
      once(lines, 'line').then(([line]) => String(line)),
      exited.then(() => undefined),
    ]);
    if (first === undefined) {
      throw new CairnError('SOLANA_LOCAL_CHAIN_INVALID', 'the embedded chain did not start', {
        exitCode: (await exited) ?? -1,
      });
    }
    return new LocalChainChild(child, exited, JSON.parse(first) as LocalChainLine);
  }

  /** Resolves when the process is gone. */
  async stop(): Promise<void> {
    this.#child.stdin?.end();
    this.#child.kill('SIGTERM');
    await this.exited;
  }
}

interface LocalChainLine {
  readonly rpcUrl: string;
  readonly wsUrl: string;
  readonly chain: ChainId;
  readonly pid: number;
}
