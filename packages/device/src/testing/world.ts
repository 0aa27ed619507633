import { sha256Hash } from '@cairn/crypto';
import type { Hash } from '@cairn/primitives';
import { decodeCanonical } from '@cairn/protocol';
import type { DeviceHost } from '../options.ts';

/** For tests only: gateways by host name, a clock that moves when the device sleeps, and a record of both. */
export class World implements DeviceHost {
  clockMs = 1_700_000_000_000;
  readonly sleeps: number[] = [];
  readonly requests: { readonly gateway: string; readonly path: string; readonly ids: readonly Hash[] }[] = [];
  readonly gateways: Record<string, Answer> = {};

  nowMs(): number {
    return this.clockMs;
  }

  async sleep(ms: number): Promise<void> {
    this.sleeps.push(ms);
    this.clockMs += ms;
  }

  /** Fixed: jitter takes three quarters of each pause. */
  random(): number {
    return 0.5;
  }

  readonly fetch: typeof fetch = async (input, init) => {
    init?.signal?.throwIfAborted();
    const url = new URL(String(input));
    const body = init?.body as Uint8Array | undefined;
    const isReports = url.pathname === '/v1/reports' && body !== undefined;
    const reports = isReports ? (decodeCanonical(body, 1 << 20) as Uint8Array[]) : body ? [body] : [];
    const ids = reports.map((bytes) => sha256Hash(bytes));
    this.requests.push({ gateway: url.hostname, path: url.pathname + url.search, ids });
    const answer = this.gateways[url.hostname];
    if (answer === undefined) throw new TypeError('fetch failed');
    return answer(ids, url, reports);
  };
}

export type Answer = (ids: readonly Hash[], url: URL, reports: readonly Uint8Array[]) => Response | Promise<Response>;

export function json(data: unknown, status = 202, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify({ data }), { status, headers });
}

export function problem(status: number, code = 'HTTP_X', headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify({ code, title: 'Refused', status }), { status, headers });
}

/** Accepts every report. */
export const acceptAll: Answer = (ids) => json({ reports: ids.map((id) => ({ id, status: 'accepted' })) });

/** Refuses every report with `code`. */
export function refuseAll(code: string): Answer {
  return (ids) => json({ reports: ids.map((id) => ({ id, status: 'refused', code })) });
}
