/** One line of a process's log, when it is one of ours. */
export interface LogLine {
  /** pino's: 40 warns, 50 is an error. */
  readonly level: number;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export const LEVEL_WARN = 40;

/** @returns null for what is no JSON log line, such as a stack trace. */
export function parseLogLine(line: string): LogLine | null {
  if (!line.startsWith('{')) return null;
  try {
    const { level, time: _time, name: _name, msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
    return typeof level === 'number' ? { level, message: String(msg ?? ''), fields } : null;
  } catch {
    return null;
  }
}

/** @returns the message with its facts, as one short line. */
export function warningText({ message, fields }: LogLine): string {
  const { err, ...rest } = fields;
  const code = (err as { code?: unknown; message?: unknown } | undefined)?.code;
  const reason = code ?? (err as { message?: unknown } | undefined)?.message;
  const facts = Object.entries(rest).map(
    ([key, value]) => `${key}=${typeof value === 'object' ? JSON.stringify(value) : value}`,
  );
  return [message, ...(reason === undefined ? [] : [String(reason)]), ...facts].join(' ');
}
