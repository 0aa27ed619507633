import { LOG_LEVELS } from '@cairn/telemetry';
import { endpointOrNone, integer, oneOf, setting } from './setting-kinds.ts';

/** How members and aggregators alike answer requests. */
export const SERVING_SETTINGS = {
  'http.requestsPerSecond': setting(integer(0, 1_000_000), 1000, {
    env: 'HTTP_REQUESTS_PER_SECOND',
    help: 'requests of one client address; 0: no limit',
  }),
  'metrics.listen': setting(endpointOrNone, null, {
    env: 'METRICS_LISTEN',
    flag: '--metrics-listen <host:port>',
    help: 'a second place for /metrics and health, beside http.listen',
  }),
} as const;

/** How members and aggregators alike tell what they do. */
export const LOG_SETTINGS = {
  'log.level': setting(oneOf(LOG_LEVELS), 'info', {
    env: 'LOG_LEVEL',
    flag: '--log-level <level>',
    help: LOG_LEVELS.join(', '),
  }),
  'log.format': setting(oneOf(['auto', 'json', 'pretty']), 'auto', {
    env: 'LOG_FORMAT',
    flag: '--log-format <format>',
    help: 'auto, json or pretty; auto is pretty on a terminal',
  }),
} as const;
