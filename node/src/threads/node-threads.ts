import { once } from 'node:events';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { assert, CairnError, type MemberIndex } from '@cairn/primitives';
import type { KeyShare } from '@cairn/threshold';
import type { CoreThreadData } from '../core/core-thread.ts';
import type { CryptoThreadData } from '../door/crypto-thread.ts';
import type { ThreadModule } from './start-thread.ts';
import type { CoreOrder, CorePosition, CoreReport, CryptoOrder, CryptoReport } from './thread-messages.ts';

export interface NodeThreadsOptions {
  readonly genesis: Uint8Array;
  readonly self: MemberIndex;
  readonly dataDir: string;
  readonly packIntervalMs: number;
  /** At least 1: the first also signs, the others only verify. */
  readonly cryptoThreads: number;
}

export interface NodeThreadsDependencies {
  readonly identitySeed: Uint8Array;
  readonly keyShare: KeyShare;
  readonly onCore: (report: CoreReport) => void;
  readonly onCrypto: (report: CryptoReport) => void;
  /** A thread ended by itself. The process cannot go on. */
  readonly onFailure: (error: unknown) => void;
}

/** The core thread and the crypto threads, each with a channel to the other and to the main thread. */
export class NodeThreads {
  readonly #core: MessagePort;
  readonly #crypto: readonly MessagePort[];
  readonly #workers: readonly Worker[];
  #isStopping = false;
  #next = 0;

  private constructor(core: MessagePort, crypto: readonly MessagePort[], workers: readonly Worker[]) {
    this.#core = core;
    this.#crypto = crypto;
    this.#workers = workers;
  }

  /** @returns when the core has restored its state, and where it stands. @throws what the threads throw when they start. */
  static async start(
    options: NodeThreadsOptions,
    dependencies: NodeThreadsDependencies,
  ): Promise<{ readonly threads: NodeThreads; readonly position: CorePosition }> {
    const { onCore, onCrypto, onFailure } = dependencies;
    const coreChannel = new MessageChannel();
    const links = Array.from({ length: options.cryptoThreads }, () => ({
      main: new MessageChannel(),
      core: new MessageChannel(),
    }));
    const workers = [
      coreWorker(
        options,
        dependencies,
        coreChannel.port2,
        links.map(({ core }) => core.port2),
      ),
    ];
    for (const [index, { main, core }] of links.entries()) {
      workers.push(cryptoWorker(options, index === 0 ? dependencies.keyShare : null, main.port2, core.port1));
    }
    const threads = new NodeThreads(
      coreChannel.port1,
      links.map(({ main }) => main.port1),
      workers,
    );
    const failed = new Promise<never>((_, reject) => {
      for (const worker of workers) {
        worker.on('error', (thrown) => {
          const error = revived(thrown);
          reject(error);
          if (!threads.#isStopping) onFailure(error);
        });
        worker.on('exit', (code) => {
          if (!threads.#isStopping) onFailure(new CairnError('NODE_THREAD_INVALID', 'a thread has ended', { code }));
        });
      }
    });
    failed.catch(() => {});
    const [first] = (await Promise.race([once(coreChannel.port1, 'message'), failed])) as [CoreReport];
    assert(first.kind === 'ready', 'the core first says where it stands');
    coreChannel.port1.on('message', onCore);
    for (const { main } of links) main.port1.on('message', onCrypto);
    return { threads, position: first.position };
  }

  toCore(order: CoreOrder): void {
    if (!this.#isStopping) this.#core.postMessage(order);
  }

  /** What concerns agreement, whose order matters, goes to the first thread; the rest to each in turn. */
  toCrypto(order: CryptoOrder): void {
    if (this.#isStopping) return;
    const isSpread = order.kind === 'intake' || (order.kind === 'frame' && /batch$/.test(order.source));
    this.#next = (this.#next + 1) % this.#crypto.length;
    const port = this.#crypto[isSpread ? this.#next : 0] as MessagePort;
    const bytes = order.kind === 'frame' ? order.bytes : order.kind === 'intake' ? order.pack.bytes : undefined;
    port.postMessage(order, bytes === undefined ? [] : [bytes.buffer as ArrayBuffer]);
  }

  /** Lets the core write what it has taken in, and ends all threads. */
  async stop(): Promise<void> {
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.#core.postMessage({ kind: 'stop' } satisfies CoreOrder);
    const [core, ...crypto] = this.#workers;
    if (core !== undefined && core.threadId !== -1) await once(core, 'exit');
    await Promise.all(crypto.map((worker) => worker.terminate()));
    this.#core.close();
    for (const port of this.#crypto) port.close();
  }
}

/** An error comes from a thread as a copy: its fields are there, its class is lost. */
function revived(thrown: unknown): unknown {
  const { name, code, message, meta } = thrown as Partial<CairnError>;
  if (name !== 'CairnError' || code === undefined) return thrown;
  return new CairnError(code, message ?? code, meta, { cause: thrown });
}

function coreWorker(
  options: NodeThreadsOptions,
  { identitySeed }: NodeThreadsDependencies,
  main: MessagePort,
  crypto: readonly MessagePort[],
): Worker {
  const { genesis, self, dataDir, packIntervalMs } = options;
  const data: CoreThreadData = { genesis, self, dataDir, packIntervalMs, identitySeed, main, crypto };
  return startThread('core', new URL('../core/core-thread.ts', import.meta.url), data, [main, ...crypto]);
}

function cryptoWorker(
  { genesis }: NodeThreadsOptions,
  keyShare: KeyShare | null,
  main: MessagePort,
  core: MessagePort,
): Worker {
  const data: CryptoThreadData = { genesis, keyShare, main, core };
  return startThread('crypto', new URL('../door/crypto-thread.ts', import.meta.url), data, [main, core]);
}

/** Reports live for a second or so: with room for the young, few of them grow old, and collecting is cheap. */
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 64 };

function startThread(name: string, module: URL, data: object, transferList: MessagePort[]): Worker {
  const workerData = { ...data, module: module.href } satisfies ThreadModule;
  const url = new URL('./start-thread.ts', import.meta.url);
  return new Worker(url, { workerData, transferList, name, resourceLimits: RESOURCE_LIMITS });
}
