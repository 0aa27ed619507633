import { CairnError, fromUtf8 } from '@cairn/primitives';

export interface JsonRpcOptions {
  /** http or https. It may hold an access token, so it is never shown in an error. */
  readonly rpcUrl: string;
  readonly requestTimeoutMs: number;
  readonly responseBytesMax: number;
}

/** Calls JSON-RPC methods over HTTP, with a deadline for each and a bound on what is read. */
export class JsonRpc {
  readonly #options: JsonRpcOptions;
  readonly #abort = new AbortController();

  constructor(options: JsonRpcOptions) {
    if (!/^https?:$/.test(URL.parse(options.rpcUrl)?.protocol ?? '')) {
      throw new CairnError('SOLANA_RPC_UNREACHABLE', 'the RPC URL is not an http(s) URL');
    }
    this.#options = options;
  }

  /** Ends what is under way; later calls fail with SOLANA_RPC_UNREACHABLE. */
  close(): void {
    this.#abort.abort();
  }

  /**
   * @returns the `result` member, unchecked.
   * @throws SOLANA_RPC_UNREACHABLE, SOLANA_RPC_TIMEOUT, SOLANA_RPC_EXCEEDED, SOLANA_RPC_MALFORMED, SOLANA_RPC_INVALID
   */
  async call(method: string, params: readonly unknown[]): Promise<unknown> {
    return resultOf(method, await this.#post(method, JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })));
  }

  async #post(method: string, body: string): Promise<Uint8Array> {
    const deadline = AbortSignal.timeout(this.#options.requestTimeoutMs);
    try {
      const response = await fetch(this.#options.rpcUrl, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
        redirect: 'error',
        signal: AbortSignal.any([deadline, this.#abort.signal]),
      });
      if (!response.ok && response.status !== 400) {
        await response.body?.cancel();
        throw new CairnError('SOLANA_RPC_UNREACHABLE', 'the RPC turned the request away', {
          method,
          httpStatus: response.status,
        });
      }
      return await readBounded(response, method, this.#options.responseBytesMax);
    } catch (cause) {
      if (cause instanceof CairnError) throw cause;
      if (deadline.aborted) {
        const meta = { method, timeoutMs: this.#options.requestTimeoutMs };
        throw new CairnError('SOLANA_RPC_TIMEOUT', 'the RPC did not answer in time', meta);
      }
      // The cause is reduced to its code: a fetch error may quote the URL, which may hold an access token.
      throw new CairnError('SOLANA_RPC_UNREACHABLE', 'the RPC cannot be reached', { method, reason: reasonOf(cause) });
    }
  }
}

async function readBounded(response: Response, method: string, bytesMax: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > bytesMax) throw new CairnError('SOLANA_RPC_EXCEEDED', 'the answer is too long', { method, bytesMax });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function resultOf(method: string, body: Uint8Array): unknown {
  const answer = parse(method, body);
  if (answer.error !== undefined && answer.error !== null) {
    const { code, message } = answer.error as { code?: unknown; message?: unknown };
    throw new CairnError('SOLANA_RPC_INVALID', 'the RPC answered with an error', {
      method,
      rpcCode: typeof code === 'number' ? code : 0,
      reason: typeof message === 'string' ? printable(message) : '',
    });
  }
  if (!('result' in answer)) throw new CairnError('SOLANA_RPC_MALFORMED', 'no result in the answer', { method });
  return answer.result;
}

function parse(method: string, body: Uint8Array): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(fromUtf8(body));
  } catch {
    throw new CairnError('SOLANA_RPC_MALFORMED', 'the answer is not JSON', { method });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new CairnError('SOLANA_RPC_MALFORMED', 'the answer is not an object', { method });
  }
  return value as Record<string, unknown>;
}

/** The RPC's own words, short and without anything that could forge a line in a log. */
function printable(text: string): string {
  return text.slice(0, 160).replaceAll(/[^\x20-\x7e]+/g, ' ');
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause as { code?: unknown } | undefined) : undefined;
  if (typeof cause?.code === 'string') return cause.code;
  return error instanceof Error ? error.name : 'unknown';
}
