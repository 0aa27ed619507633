import { createRequire } from 'node:module';
import { CairnError } from '@cairn/primitives';
import type { ChainId, SolanaAddress } from './chain-client.ts';
import { PortForwarder } from './port-forwarder.ts';
import { RpcChainClient } from './rpc-chain-client.ts';

export interface LocalChainOptions {
  /** Port of the JSON-RPC; any free one when absent or 0. */
  readonly port?: number;
  /** Port of the WebSocket; any free one when absent or 0. */
  readonly wsPort?: number;
  /** Solana's own pace is 400. */
  readonly slotTimeMs?: number;
}

export const defaultLocalChainOptions = { port: 0, wsPort: 0, slotTimeMs: 400 } as const;

/** Its event queue has no bound of its own, so it is emptied this often. */
const DRAIN_INTERVAL_MS = 1000;

interface Surfnet {
  readonly rpcUrl: string;
  readonly wsUrl: string;
  drainEvents(): unknown[];
  stop(): void;
}

interface SurfnetAddon {
  readonly Surfnet: { startWithConfig(config: Record<string, unknown>): Surfnet };
}

/**
 * A real Solana runtime (surfpool) inside this process, on loopback only. It keeps nothing: every start is another
 * chain with another genesis hash (which stands for the second of the start). SPL Memo and the Ed25519 precompile are built in.
 */
export class LocalChain {
  readonly rpcUrl: string;
  readonly wsUrl: string;
  readonly chain: ChainId;
  // The runtime ends when this object is collected, so it is held here until stop().
  #surfnet: Surfnet | undefined;
  readonly #client: RpcChainClient;
  readonly #forwarders: readonly PortForwarder[];
  readonly #drain: NodeJS.Timeout;

  private constructor(surfnet: Surfnet, parts: LocalChainParts) {
    this.#surfnet = surfnet;
    this.rpcUrl = parts.rpcUrl;
    this.wsUrl = parts.wsUrl;
    this.chain = parts.chain;
    this.#client = parts.client;
    this.#forwarders = parts.forwarders;
    this.#drain = setInterval(() => this.#surfnet?.drainEvents(), DRAIN_INTERVAL_MS).unref();
  }

  /** @throws SOLANA_LOCAL_CHAIN_MISSING, SOLANA_LOCAL_CHAIN_INVALID */
  static async start(options: LocalChainOptions = {}): Promise<LocalChain> {
    const { port, wsPort, slotTimeMs } = { ...defaultLocalChainOptions, ...options };
    const { Surfnet } = loadAddon();
    let surfnet: Surfnet | undefined;
    const forwarders: PortForwarder[] = [];
    try {
      surfnet = Surfnet.startWithConfig({ offline: true, blockProductionMode: 'clock', slotTimeMs, airdropSol: 0 });
      const rpcUrl = await reachableAt(surfnet.rpcUrl, port, forwarders);
      const wsUrl = await reachableAt(surfnet.wsUrl, wsPort, forwarders);
      const client = new RpcChainClient({ rpcUrl });
      return new LocalChain(surfnet, { rpcUrl, wsUrl, client, forwarders, chain: await client.chain() });
    } catch (cause) {
      for (const forwarder of forwarders) await forwarder.stop();
      surfnet?.stop();
      throw new CairnError(
        'SOLANA_LOCAL_CHAIN_INVALID',
        'the embedded chain did not start',
        { port, wsPort },
        { cause },
      );
    }
  }

  /** Adds lamports out of nothing. */
  async airdrop(address: SolanaAddress, lamports: number): Promise<void> {
    await this.#client.requestAirdrop(address, lamports);
  }

  /** Ends the chain and frees its ports. More than once is fine. */
  async stop(): Promise<void> {
    const surfnet = this.#surfnet;
    this.#surfnet = undefined;
    if (surfnet === undefined) return;
    clearInterval(this.#drain);
    this.#client.close();
    for (const forwarder of this.#forwarders) await forwarder.stop();
    surfnet.stop();
  }
}

interface LocalChainParts {
  readonly rpcUrl: string;
  readonly wsUrl: string;
  readonly chain: ChainId;
  readonly client: RpcChainClient;
  readonly forwarders: readonly PortForwarder[];
}

function loadAddon(): SurfnetAddon {
  try {
    return createRequire(import.meta.url)('@solana/surfpool-linux-x64-gnu') as SurfnetAddon;
  } catch (cause) {
    const meta = { platform: process.platform, arch: process.arch };
    throw new CairnError('SOLANA_LOCAL_CHAIN_MISSING', 'no embedded chain for this machine', meta, { cause });
  }
}

async function reachableAt(url: string, port: number, forwarders: PortForwarder[]): Promise<string> {
  if (port === 0) return url;
  const target = new URL(url);
  forwarders.push(await PortForwarder.start({ from: port, to: Number(target.port) }));
  return `${target.protocol}//127.0.0.1:${port}`;
}
