import { CairnError, concatBytes, fromUtf8 } from '@cairn/primitives';
import { ATTESTATION_JSON_LENGTH_MAX } from '@cairn/verify';
import { clientError } from './client-error.ts';
import type { Platform } from './platform.ts';

/** One request. */
export interface Ask {
  readonly signal?: AbortSignal | undefined;
  /** How long the server was asked to wait before it answers. */
  readonly patienceMs?: number;
  readonly bytesMax?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One server, read with bounds and deadlines. Believes nothing. */
export class HttpSource {
  readonly #baseUrl: string;
  readonly #timeoutMs: number;
  readonly #platform: Platform;

  /** @throws CLIENT_OPTIONS_INVALID unless an http(s) URL. */
  constructor(
    options: { readonly baseUrl: string; readonly timeoutMs: number },
    dependencies: { readonly platform: Platform },
  ) {
    const url = URL.canParse(options.baseUrl) ? new URL(options.baseUrl) : undefined;
    if (url === undefined || !/^https?:$/.test(url.protocol)) {
      throw clientError('CLIENT_OPTIONS_INVALID', 'baseUrl is an http or https URL');
    }
    this.#baseUrl = url.href.replace(/\/+$/, '');
    this.#timeoutMs = options.timeoutMs;
    this.#platform = dependencies.platform;
  }

  /** @returns parsed JSON; undefined for 204. @throws CLIENT_SERVER_*, CLIENT_ANSWER_* */
  async json(path: string, ask: Ask = {}): Promise<unknown> {
    const response = await this.open(path, ask);
    if (response.status === 204) return undefined;
    const bytes = await readBounded(response, ask.bytesMax ?? ATTESTATION_JSON_LENGTH_MAX);
    try {
      return JSON.parse(fromUtf8(bytes));
    } catch (cause) {
      throw clientError('CLIENT_ANSWER_MALFORMED', 'the answer is no JSON', { status: response.status }, cause);
    }
  }

  /** @returns the whole body. @throws CLIENT_SERVER_*, CLIENT_ANSWER_EXCEEDED */
  async bytes(path: string, ask: Ask & { readonly bytesMax: number }): Promise<Uint8Array> {
    return readBounded(await this.open(path, ask), ask.bytesMax);
  }

  /** @returns a good answer whose body is not read yet. @throws CLIENT_SERVER_* */
  async open(path: string, { signal, patienceMs = 0, headers = {} }: Ask = {}): Promise<Response> {
    const timeout = AbortSignal.timeout(this.#timeoutMs + patienceMs);
    const isStream = headers.accept === 'text/event-stream';
    // A stream has no deadline as a whole: whoever reads it watches for silence.
    const signals = isStream ? [signal] : [signal, timeout];
    let response: Response;
    try {
      response = await this.#platform.fetch(`${this.#baseUrl}${path}`, {
        headers: { accept: 'application/json', ...headers },
        signal: AbortSignal.any(signals.filter((each) => each !== undefined)),
      });
    } catch (cause) {
      signal?.throwIfAborted();
      if (timeout.aborted) throw clientError('CLIENT_SERVER_TIMEOUT', 'the server did not answer in time', {}, cause);
      throw clientError('CLIENT_SERVER_INVALID', 'the server cannot be reached', { status: 0 }, cause);
    }
    if (!response.ok) throw await problemOf(response);
    return response;
  }
}

const PROBLEM_BYTES_MAX = 16 * 1024;

/** What the server says of its refusal (RFC 9457); its words are not passed on, its code is. */
async function problemOf(response: Response): Promise<CairnError> {
  const { status } = response;
  try {
    const { code } = JSON.parse(fromUtf8(await readBounded(response, PROBLEM_BYTES_MAX)));
    const known = typeof code === 'string' && /^[A-Z0-9_]{1,64}$/.test(code) ? code : 'unknown';
    return clientError('CLIENT_SERVER_INVALID', `the server answered ${status} ${known}`, { status, code: known });
  } catch {
    return clientError('CLIENT_SERVER_INVALID', `the server answered ${status}`, { status });
  }
}

async function readBounded(response: Response, bytesMax: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const part of chunksOf(response)) {
      length += part.length;
      if (length > bytesMax) throw clientError('CLIENT_ANSWER_EXCEEDED', `the answer is over ${bytesMax} bytes`);
      parts.push(part);
    }
  } catch (cause) {
    if (cause instanceof CairnError) throw cause;
    throw clientError('CLIENT_SERVER_INVALID', 'the answer broke off', { status: response.status }, cause);
  }
  return concatBytes(...parts);
}

/** Not every browser iterates over a body by itself. Leaving early cancels the body. */
export async function* chunksOf(response: Response): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    await reader.cancel().catch(() => {});
  }
}
