import { CairnError, fromBase64, toBase64 } from '@cairn/primitives';
import { fromBase58, isBase58 } from './base58.ts';
import type {
  ChainClient,
  ChainHead,
  ChainId,
  ChainTransaction,
  RecentBlockhash,
  SolanaAddress,
  TransactionId,
  TransactionStatus,
  TransactionStatuses,
} from './chain-client.ts';
import { JsonRpc, type JsonRpcOptions } from './json-rpc.ts';

/** The most that one `statuses` call may ask for: Solana's own limit. */
export const STATUSES_MAX = 256;
const PRIORITY_FEES_MAX = 150;

type Shape = Record<string, unknown>;

export const defaultRpcOptions = { requestTimeoutMs: 10_000, responseBytesMax: 256 * 1024 } as const;

/** A ChainClient over any Solana JSON-RPC URL. It asks and polls; it opens no WebSocket. */
export class RpcChainClient implements ChainClient {
  readonly #rpc: JsonRpc;

  /** @throws SOLANA_RPC_UNREACHABLE when the URL is not http(s). */
  constructor(options: Pick<JsonRpcOptions, 'rpcUrl'> & Partial<JsonRpcOptions>) {
    this.#rpc = new JsonRpc({ ...defaultRpcOptions, ...options });
  }

  close(): void {
    this.#rpc.close();
  }

  async chain(): Promise<ChainId> {
    return base58('getGenesisHash', await this.#rpc.call('getGenesisHash', []));
  }

  async finalizedHead(): Promise<ChainHead> {
    const info = shape('getEpochInfo', await this.#rpc.call('getEpochInfo', [{ commitment: 'finalized' }]));
    return {
      slot: count('getEpochInfo', info.absoluteSlot),
      blockHeight: count('getEpochInfo', info.blockHeight),
    };
  }

  async recentBlockhash(): Promise<RecentBlockhash> {
    const method = 'getLatestBlockhash';
    const value = shape(method, shape(method, await this.#rpc.call(method, [{ commitment: 'confirmed' }])).value);
    return {
      blockhash: base58(method, value.blockhash),
      lastValidBlockHeight: count(method, value.lastValidBlockHeight),
    };
  }

  async balance(address: SolanaAddress): Promise<number> {
    const answer = await this.#rpc.call('getBalance', [address, { commitment: 'confirmed' }]);
    return count('getBalance', shape('getBalance', answer).value);
  }

  async priorityFee(): Promise<number> {
    const method = 'getRecentPrioritizationFees';
    try {
      const answer = list(method, await this.#rpc.call(method, [[]])).slice(0, PRIORITY_FEES_MAX);
      const fees = answer.map((entry) => count(method, shape(method, entry).prioritizationFee)).sort((a, b) => a - b);
      return fees[Math.floor(fees.length * 0.75)] ?? 0;
    } catch (error) {
      // Not every provider offers this method; without it the price starts at the configured one.
      if (error instanceof CairnError && error.code === 'SOLANA_RPC_INVALID') return 0;
      throw error;
    }
  }

  async send(transactionBytes: Uint8Array): Promise<void> {
    const options = { encoding: 'base64', preflightCommitment: 'confirmed' };
    base58('sendTransaction', await this.#rpc.call('sendTransaction', [toBase64(transactionBytes), options]), 64);
  }

  async statuses(transactions: readonly TransactionId[]): Promise<TransactionStatuses> {
    const method = 'getSignatureStatuses';
    const answer = shape(method, await this.#rpc.call(method, [transactions, { searchTransactionHistory: true }]));
    const statuses = list(method, answer.value).map((entry) => (entry === null ? null : statusOf(method, entry)));
    if (statuses.length !== transactions.length) throw malformed(method);
    return { slot: count(method, shape(method, answer.context).slot), statuses };
  }

  async blockTimeMs(slot: number): Promise<number | null> {
    const answer = await this.#rpc.call('getBlockTime', [slot]);
    return answer === null ? null : count('getBlockTime', answer) * 1000;
  }

  async transaction(transaction: TransactionId): Promise<ChainTransaction> {
    fromBase58(transaction, 64);
    const method = 'getTransaction';
    const options = { encoding: 'base64', commitment: 'confirmed', maxSupportedTransactionVersion: 0 };
    const result = await this.#rpc.call(method, [transaction, options]);
    if (result === null) {
      throw new CairnError('SOLANA_TRANSACTION_UNKNOWN', 'the chain does not have this transaction', { transaction });
    }
    const answer = shape(method, result);
    const [text, encoding] = list(method, answer.transaction);
    if (typeof text !== 'string' || encoding !== 'base64') throw malformed(method);
    return {
      slot: count(method, answer.slot),
      bytes: base64(method, text),
      isFailed: shape(method, answer.meta).err !== null,
      blockTimeMs: typeof answer.blockTime === 'number' ? count(method, answer.blockTime) * 1000 : null,
    };
  }

  async requestAirdrop(address: SolanaAddress, lamports: number): Promise<void> {
    await this.#rpc.call('requestAirdrop', [address, lamports]);
  }
}

function statusOf(method: string, entry: unknown): TransactionStatus {
  const { slot, confirmationStatus, err } = shape(method, entry);
  if (confirmationStatus !== 'processed' && confirmationStatus !== 'confirmed' && confirmationStatus !== 'finalized') {
    throw malformed(method);
  }
  return { slot: count(method, slot), commitment: confirmationStatus, isFailed: err !== null && err !== undefined };
}

function malformed(method: string): CairnError {
  return new CairnError('SOLANA_RPC_MALFORMED', 'the answer has another shape than promised', { method });
}

function shape(method: string, value: unknown): Shape {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed(method);
  return value as Shape;
}

function list(method: string, value: unknown): unknown[] {
  if (!Array.isArray(value)) throw malformed(method);
  return value;
}

function count(method: string, value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw malformed(method);
  return value;
}

function base58(method: string, value: unknown, lengthBytes = 32): string {
  if (typeof value !== 'string' || !isBase58(value, lengthBytes)) throw malformed(method);
  return value;
}

function base64(method: string, text: string): Uint8Array {
  try {
    return fromBase64(text);
  } catch {
    throw malformed(method);
  }
}
