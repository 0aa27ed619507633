import { decodeSyncBlocks, type SyncBlock, syncAnswerBytesMax } from '@cairn/http';
import { CairnError, type NetworkId } from '@cairn/primitives';
import { decodeGenesis, GENESIS_BYTES_MAX, type Genesis, networkIdOf } from '@cairn/protocol';

export interface BlocksAnswer {
  /** From the height that was asked for, without gaps, as the source says. Nothing of it is verified. */
  readonly blocks: readonly SyncBlock[];
  /** The height that the source says it has; null when it does not say. */
  readonly claimedHeight: number | null;
}

export interface BlocksRequest {
  readonly from: number;
  readonly limit: number;
  readonly bytesMax: number;
  readonly waitMs: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Whoever may have certified blocks. Not trusted. */
export interface BlockSource {
  /** For logs and metrics. */
  readonly name: string;
  /** @throws AGGREGATOR_SOURCE_UNREACHABLE, AGGREGATOR_SOURCE_TIMEOUT, AGGREGATOR_SOURCE_MALFORMED */
  fetchBlocks(request: BlocksRequest): Promise<BlocksAnswer>;
}

/** The HTTP API of a node. Never takes more bytes or time than it was told to. */
export class NodeSource implements BlockSource {
  readonly name: string;
  readonly #url: URL;

  /** @param url the base of the node's API, e.g. http://127.0.0.1:8080 @throws AGGREGATOR_OPTIONS_INVALID */
  constructor(url: string) {
    this.#url = toUrl(url);
    this.name = this.#url.host;
  }

  async fetchBlocks(request: BlocksRequest): Promise<BlocksAnswer> {
    const { from, limit, bytesMax, waitMs, timeoutMs, signal } = request;
    const query = `from=${from}&limit=${limit}&wait=${Math.floor(waitMs / 1000)}`;
    const deadline = AbortSignal.timeout(waitMs + timeoutMs);
    const { bytes, headers } = await this.#get(`v1/sync/blocks?${query}`, {
      signal: AbortSignal.any([signal, deadline]),
      bytesMax: syncAnswerBytesMax(bytesMax),
    });
    const claimed = Number(headers.get('cairn-height'));
    try {
      const blocks = decodeSyncBlocks(bytes, { bytesMax, blocksMax: limit });
      return { blocks, claimedHeight: Number.isSafeInteger(claimed) && claimed > 0 ? claimed : null };
    } catch (cause) {
      throw this.#error('AGGREGATOR_SOURCE_MALFORMED', 'the answer does not decode', cause);
    }
  }

  /** @returns the genesis document whose hash is `networkId`. @throws AGGREGATOR_SOURCE_*, PROTOCOL_* */
  async fetchGenesis(networkId: NetworkId, timeoutMs: number): Promise<Genesis> {
    const genesis = await this.fetchUnpinnedGenesis(timeoutMs);
    if (networkIdOf(genesis) !== networkId) {
      throw this.#error('AGGREGATOR_SOURCE_MALFORMED', 'the genesis document is of another network');
    }
    return genesis;
  }

  /** @returns whatever genesis document the source serves; the caller checks whose it is. @throws as `fetchGenesis` */
  async fetchUnpinnedGenesis(timeoutMs: number): Promise<Genesis> {
    const { bytes } = await this.#get('v1/genesis', {
      signal: AbortSignal.timeout(timeoutMs),
      bytesMax: GENESIS_BYTES_MAX,
    });
    return decodeGenesis(bytes);
  }

  async #get(path: string, { signal, bytesMax }: { readonly signal: AbortSignal; readonly bytesMax: number }) {
    try {
      const response = await fetch(new URL(path, this.#url), { headers: { accept: 'application/cbor' }, signal });
      if (response.status !== 200) {
        await response.body?.cancel();
        throw this.#error('AGGREGATOR_SOURCE_UNREACHABLE', `answered with status ${response.status}`);
      }
      return { bytes: await this.#body(response, bytesMax), headers: response.headers };
    } catch (cause) {
      if (cause instanceof CairnError) throw cause;
      const isLate = (cause as { name?: string }).name === 'TimeoutError';
      if (isLate) throw this.#error('AGGREGATOR_SOURCE_TIMEOUT', 'no whole answer in time', cause);
      throw this.#error('AGGREGATOR_SOURCE_UNREACHABLE', 'cannot be reached', cause);
    }
  }

  async #body(response: Response, bytesMax: number): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of response.body ?? []) {
      length += chunk.length;
      // leaving the loop cancels the rest
      if (length > bytesMax) throw this.#error('AGGREGATOR_SOURCE_MALFORMED', 'the answer is too large');
      chunks.push(chunk);
    }
    const whole = Buffer.concat(chunks, length);
    return new Uint8Array(whole.buffer, whole.byteOffset, whole.byteLength);
  }

  #error(code: string, message: string, cause?: unknown): CairnError {
    return new CairnError(code, message, { source: this.name }, { cause });
  }
}

function toUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text.endsWith('/') ? text : `${text}/`) : null;
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new CairnError('AGGREGATOR_OPTIONS_INVALID', 'a source is an http(s) URL');
  }
  return url;
}
