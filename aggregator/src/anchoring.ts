import { dirname } from 'node:path';
import type { NetworkId, PublicKey } from '@cairn/primitives';
import {
  type AnchorOptions,
  type AnchorRecord,
  type AnchorState,
  type AnchorStore,
  AnchorSubmitter,
  type AnchorSubmitterEvent,
  FeePayer,
  LocalChainChild,
  RpcChainClient,
} from '@cairn/solana';
import { makeDirectory } from '@cairn/storage';

/** Says that the chain runs inside: a local one, which is another chain after every start. */
export const EMBEDDED_CHAIN = 'embedded';

export interface AnchoringOptions extends Partial<AnchorOptions> {
  /** Any Solana JSON-RPC, or `embedded`. */
  readonly rpcUrl: string;
  /** Port of the embedded chain's RPC; 0: any free one. */
  readonly embeddedPort?: number;
  /** A Solana id.json; made when it does not exist. */
  readonly feePayerFile: string;
  readonly networkId: NetworkId;
  readonly groupKey: PublicKey;
}

export interface AnchoringDependencies {
  readonly store: AnchorStore;
  readonly onEvent: (event: AnchorSubmitterEvent) => void;
}

/** Lamports asked of a test chain's faucet when the fee payer has too little. */
const EMBEDDED_AIRDROP_LAMPORTS = 1_000_000_000;

/** Puts checkpoints on a chain, by a transaction that anyone may pay for. */
export class Anchoring {
  readonly rpcUrl: string;
  readonly feePayerAddress: string;
  readonly #client: RpcChainClient;
  readonly #submitter: AnchorSubmitter;
  readonly #embedded: LocalChainChild | null;

  private constructor(parts: {
    readonly rpcUrl: string;
    readonly client: RpcChainClient;
    readonly submitter: AnchorSubmitter;
    readonly embedded: LocalChainChild | null;
  }) {
    this.rpcUrl = parts.rpcUrl;
    this.feePayerAddress = parts.submitter.feePayerAddress;
    this.#client = parts.client;
    this.#submitter = parts.submitter;
    this.#embedded = parts.embedded;
  }

  /** Goes on with what was under way. @throws SOLANA_KEY_FILE_MALFORMED, SOLANA_LOCAL_CHAIN_*, STORAGE_* */
  static async start(options: AnchoringOptions, dependencies: AnchoringDependencies): Promise<Anchoring> {
    const { rpcUrl: asked, embeddedPort = 0, feePayerFile, ...rest } = options;
    makeDirectory(dirname(feePayerFile));
    const feePayer = await FeePayer.load(feePayerFile);
    const isEmbedded = asked === EMBEDDED_CHAIN;
    const embedded = isEmbedded ? await LocalChainChild.start({ port: embeddedPort }) : null;
    try {
      const rpcUrl = embedded?.rpcUrl ?? asked;
      const client = new RpcChainClient({ rpcUrl });
      const airdropLamports = isEmbedded ? EMBEDDED_AIRDROP_LAMPORTS : 0;
      const submitter = new AnchorSubmitter({ airdropLamports, ...rest }, { client, feePayer, ...dependencies });
      await submitter.start();
      return new Anchoring({ rpcUrl, client, submitter, embedded });
    } catch (error) {
      await embedded?.stop();
      throw error;
    }
  }

  get state(): AnchorState | null {
    return this.#submitter.state;
  }

  /** Offers a newer checkpoint. @throws PROTOCOL_CHECKPOINT_MALFORMED, SOLANA_CHECKPOINT_INVALID */
  offer(note: string): void {
    this.#submitter.offer(note);
  }

  async stop(): Promise<void> {
    this.#client.close();
    await this.#submitter.stop();
    await this.#embedded?.stop();
  }
}

/** Anchors on no chain at all: the log grows all the same, and any other aggregator may anchor it. */
export type AnchorPort = Pick<Anchoring, 'state' | 'offer' | 'stop' | 'rpcUrl' | 'feePayerAddress'>;

export type { AnchorRecord, AnchorSubmitterEvent };
