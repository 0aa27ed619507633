import type { HttpObserver, StreamEnd } from '@cairn/http';
import type { Logger, Metrics } from '@cairn/telemetry';

const METHODS = ['GET', 'HEAD', 'POST', 'OPTIONS'] as const;
const CUT_OFF = { slow: 'slow', server: 'shutdown', lifetime: null, client: null } as const satisfies Record<
  StreamEnd,
  string | null
>;
/** Long polls last as long as they like: their time says nothing. */
const UNTIMED = /\/rounds\/next$|\/sync\/blocks$/;

/** Counts what an HTTP server of a node or an aggregator does (`cairn_api_*`), and logs its own failures. */
export function apiObserver(metrics: Metrics<'node'> | Metrics<'aggregator'>, log: Logger): HttpObserver {
  // the metrics of the API are the same for both roles, which the union hides
  const shown = metrics as Metrics<'aggregator'>;
  const requests = shown.counter('cairn_api_requests_total');
  const durations = shown.histogram('cairn_api_request_duration_seconds');
  const streams = shown.gauge('cairn_api_streams_open');
  const cutOff = shown.counter('cairn_api_streams_cut_off_total');
  const limited = shown.counter('cairn_api_rate_limited_total');
  let open = 0;
  return {
    requestDone: ({ route, method, status, durationMs }) => {
      const known = METHODS.find((each) => each === method) ?? 'other';
      requests.inc({ route, method: known, status: statusClass(status) });
      if (!UNTIMED.test(route)) durations.observe({ route }, durationMs / 1000);
    },
    failed: (error, request) => log.error('a request failed', { err: error, ...request }),
    rateLimited: () => limited.inc(),
    streamOpened: () => streams.set({ kind: 'sse' }, ++open),
    streamClosed: (_stream, end) => {
      streams.set({ kind: 'sse' }, --open);
      const reason = CUT_OFF[end];
      if (reason !== null) cutOff.inc({ reason });
    },
  };
}

function statusClass(status: number): '2xx' | '3xx' | '4xx' | '5xx' {
  if (status < 300) return '2xx';
  if (status < 400) return '3xx';
  return status < 500 ? '4xx' : '5xx';
}
