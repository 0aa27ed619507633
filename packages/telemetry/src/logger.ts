import { type Logger as PinoLogger, pino } from 'pino';
import { defaultLoggerOptions, type LoggerOptions, type LogLevel } from './options.ts';
import { prettyDestination } from './pretty-line.ts';
import { redact, redactFields } from './redact.ts';

/** Structured facts of a line. An error goes under `err`. Secret-looking names and all bytes are not shown. */
export type LogFields = Readonly<Record<string, unknown>>;

/** The message is a constant sentence; what varies goes into the fields. */
export interface Logger {
  trace(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** @returns a logger that adds `fields` to each line. */
  child(fields: LogFields): Logger;
  level: LogLevel;
}

/** @returns a logger of JSON lines (or of lines for people, with `pretty`), each written before the call returns. */
export function createLogger(options: LoggerOptions = {}): Logger {
  const { level, name, pretty } = { ...defaultLoggerOptions, ...options };
  const target = options.destination ?? process.stderr;
  const destination = pretty ? prettyDestination(target) : target;
  const logger = pino(
    {
      level,
      // no host name and no pid: several processes share a machine, and the name tells them apart
      base: { name },
      timestamp: pino.stdTimeFunctions.epochTime,
      // errors are already plain and redacted when they get here
      serializers: { err: (error: unknown) => error },
    },
    { write: (line: string) => void destination.write(line) },
  );
  return new RedactingLogger(logger);
}

class RedactingLogger implements Logger {
  readonly #pino: PinoLogger;

  constructor(logger: PinoLogger) {
    this.#pino = logger;
  }

  get level(): LogLevel {
    return this.#pino.level as LogLevel;
  }

  set level(level: LogLevel) {
    this.#pino.level = level;
  }

  trace(message: string, fields?: LogFields): void {
    this.#write('trace', message, fields);
  }

  debug(message: string, fields?: LogFields): void {
    this.#write('debug', message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#write('info', message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#write('warn', message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.#write('error', message, fields);
  }

  child(fields: LogFields): Logger {
    return new RedactingLogger(this.#pino.child(shown(fields)));
  }

  #write(level: Exclude<LogLevel, 'silent'>, message: string, fields: LogFields = {}): void {
    if (this.#pino.isLevelEnabled(level)) this.#pino[level](shown(fields), String(redact(message)));
  }
}

const OWN = new Set(['level', 'time', 'name', 'msg']);

/** A field may not stand twice in one line: those named like our own get a trailing underscore. */
function shown(fields: LogFields): Record<string, unknown> {
  const entries = Object.entries(redactFields(fields)).map(([name, value]) => [
    OWN.has(name) ? `${name}_` : name,
    value,
  ]);
  return Object.fromEntries(entries);
}
