import { CairnError, type Hash, hasCode } from '@cairn/primitives';
import { encodeCanonical } from '@cairn/protocol';
import type { DeviceErrorCode } from './errors.ts';
import type { DeviceHost } from './options.ts';
import { readJson } from './read-bounded.ts';

/** What a gateway says of one report. */
export interface ReportVerdict {
  readonly id: Hash;
  readonly status: 'accepted' | 'refused' | 'certified';
  readonly code?: string;
  readonly detail?: string;
  /** JSON of the attestation, unverified; with `certified` only. */
  readonly attestation?: unknown;
}

/** Where a report stands, as one gateway tells it. */
export interface ReportFate {
  readonly id: Hash;
  readonly status: 'unknown' | 'pending' | 'batched' | 'certified';
  readonly height?: number;
  /** Receipt code of the block; `accepted` when it counts. */
  readonly code?: string;
}

/** Thrown for what a gateway answered; `retryAfterMs` when it asked for patience. */
export interface GatewayProblem {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly retryAfterMs?: number;
}

/** The intake API of one node. Believes nothing: answers are checked for shape, never for truth. */
export class Gateway {
  readonly url: string;
  readonly #host: DeviceHost;
  readonly #timeoutMs: number;

  /** @throws DEVICE_OPTIONS_INVALID unless an http(s) URL. */
  constructor(
    options: { readonly url: string; readonly timeoutMs: number },
    dependencies: { readonly host: DeviceHost },
  ) {
    const url = URL.canParse(options.url) ? new URL(options.url) : undefined;
    if (url === undefined || !/^https?:$/.test(url.protocol)) {
      throw new CairnError<DeviceErrorCode>('DEVICE_OPTIONS_INVALID', 'a gateway is an http or https URL');
    }
    this.url = url.href.replace(/\/+$/, '');
    this.#timeoutMs = options.timeoutMs;
    this.#host = dependencies.host;
  }

  /**
   * Hands reports over. @param waitMs asks the gateway to answer only when all are in blocks.
   * @returns one verdict a report, in order. @throws DEVICE_GATEWAY_*, DEVICE_ANSWER_MALFORMED
   */
  async submit(
    reports: readonly { readonly id: Hash; readonly bytes: Uint8Array }[],
    request: { readonly waitMs?: number; readonly signal: AbortSignal },
  ): Promise<ReportVerdict[]> {
    const { waitMs, signal } = request;
    const wait = waitMs === undefined ? '' : `?wait=certified&timeout=${Math.ceil(waitMs / 1000)}`;
    const body = encodeCanonical(reports.map(({ bytes }) => bytes));
    const data = await this.#ask(`/v1/reports${wait}`, { body, signal, patienceMs: waitMs ?? 0 });
    const verdicts = (data as { readonly reports?: unknown } | null)?.reports;
    if (!Array.isArray(verdicts) || verdicts.length !== reports.length) throw malformed('one verdict for each report');
    return verdicts.map((verdict, i) => checkedVerdict(verdict, reports[i]?.id as Hash));
  }

  /** @param bytes of `signRegistration`. @throws DEVICE_GATEWAY_*, DEVICE_ANSWER_MALFORMED */
  async register(bytes: Uint8Array, id: Hash, signal: AbortSignal): Promise<ReportVerdict> {
    return checkedVerdict(await this.#ask('/v1/registrations', { body: bytes, signal }), id);
  }

  /** @throws DEVICE_GATEWAY_*, DEVICE_ANSWER_MALFORMED */
  async fate(id: Hash, signal: AbortSignal): Promise<ReportFate> {
    const fate = (await this.#ask(`/v1/reports/${id}`, { signal })) as Partial<ReportFate> | null;
    const isKnown = ['unknown', 'pending', 'batched', 'certified'].includes(String(fate?.status));
    if (!isKnown || fate?.id !== id) throw malformed('no fate of this report');
    return fate as ReportFate;
  }

  /** @returns `data` of the envelope. */
  async #ask(
    path: string,
    request: { readonly body?: Uint8Array; readonly signal: AbortSignal; readonly patienceMs?: number },
  ): Promise<unknown> {
    const { body, patienceMs = 0 } = request;
    const timeout = AbortSignal.timeout(this.#timeoutMs + patienceMs);
    try {
      const response = await this.#host.fetch(`${this.url}${path}`, {
        signal: AbortSignal.any([request.signal, timeout]),
        redirect: 'error',
        ...(body === undefined
          ? {}
          : { method: 'POST', headers: { 'content-type': 'application/cbor' }, body: body as Uint8Array<ArrayBuffer> }),
      });
      const json = (await readJson(response)) as { readonly data?: unknown } | null;
      if (!response.ok) throw problemOf(response, json);
      return json?.data;
    } catch (cause) {
      if (cause instanceof CairnError) throw cause;
      const code: DeviceErrorCode = timeout.aborted ? 'DEVICE_GATEWAY_TIMEOUT' : 'DEVICE_GATEWAY_INVALID';
      throw new CairnError(code, timeout.aborted ? 'no answer in time' : 'not reachable', { status: 0 }, { cause });
    }
  }
}

/** @returns what the gateway said of its refusal, if `error` is one. */
export function gatewayProblem(error: unknown): GatewayProblem | undefined {
  if (!hasCode(error, 'DEVICE_GATEWAY_INVALID') && !hasCode(error, 'DEVICE_GATEWAY_TIMEOUT')) return undefined;
  const { status, code, retryAfterMs } = error.meta as Readonly<Record<string, unknown>>;
  const known = { status: Number(status), code: String(code ?? error.code), detail: error.message };
  return typeof retryAfterMs === 'number' ? { ...known, retryAfterMs } : known;
}

function problemOf(response: Response, json: unknown): CairnError {
  const { code, title } = (json ?? {}) as { readonly code?: unknown; readonly title?: unknown };
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  const known = typeof code === 'string' && /^[A-Za-z0-9_-]{1,64}$/.test(code) ? code : 'unknown';
  const meta = { status: response.status, code: known };
  const what = typeof title === 'string' ? `${known}: ${title.slice(0, 200)}` : known;
  return new CairnError<DeviceErrorCode>(
    'DEVICE_GATEWAY_INVALID',
    `the gateway answered ${response.status} ${what}`,
    Number.isFinite(seconds) && seconds >= 0 ? { ...meta, retryAfterMs: seconds * 1000 } : meta,
  );
}

function checkedVerdict(value: unknown, id: Hash): ReportVerdict {
  const verdict = value as Partial<ReportVerdict> | null;
  const isKnown = ['accepted', 'refused', 'certified'].includes(String(verdict?.status));
  if (!isKnown || verdict?.id !== id) throw malformed('no verdict of what was sent');
  return verdict as ReportVerdict;
}

function malformed(why: string): CairnError {
  return new CairnError<DeviceErrorCode>('DEVICE_ANSWER_MALFORMED', `expected ${why}`);
}
