import type { Role } from './metric-definition.ts';

export interface MetricsOptions<Shown extends Role = Role> {
  /** Which metrics the process shows. */
  readonly role: Shown;
  /** Adds prom-client's `process_*` and `nodejs_*` metrics. */
  readonly withProcessMetrics?: boolean;
}

/** From the most to the least talkative; `silent` says nothing. `error` means that someone should look. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Where lines go; one call with one line, newline included. process.stderr is one. */
export interface LogDestination {
  write(line: string): unknown;
  /** Whether it is a terminal; lines have colours only there. */
  readonly isTTY?: boolean;
}

export interface LoggerOptions {
  readonly level?: LogLevel;
  /** The process, as it stands in every line: `node-0`, `aggregator`. */
  readonly name?: string;
  /** Standard error when absent, because standard output belongs to the command. */
  readonly destination?: LogDestination;
  /** Lines for people instead of JSON. */
  readonly pretty?: boolean;
}

export const defaultLoggerOptions = { level: 'info', name: 'cairn', pretty: false } as const satisfies LoggerOptions;
