import type { LogDestination } from './options.ts';

const NAMES: Readonly<Record<number, string>> = { 10: 'TRACE', 20: 'DEBUG', 30: 'INFO ', 40: 'WARN ', 50: 'ERROR' };
const COLOURS: Readonly<Record<number, number>> = { 10: 90, 20: 90, 30: 36, 40: 33, 50: 31 };

/** @returns a destination that takes JSON lines and writes lines for people to `target`; colours on a terminal only. */
export function prettyDestination(target: LogDestination): LogDestination {
  const hasColours = target.isTTY === true && process.env.NO_COLOR === undefined;
  return { write: (line) => target.write(prettyLine(line, hasColours)) };
}

/** @returns `15:04:05.123 INFO  node-0 block certified height=7 ...`, a stack below it, newline included. */
export function prettyLine(json: string, hasColours = false): string {
  const { level, time, name, msg, err, ...fields } = JSON.parse(json) as Record<string, unknown>;
  const paint = (code: number, text: string): string => (hasColours ? `\u001b[${code}m${text}\u001b[0m` : text);
  const shown = Object.entries(fields).map(([key, value]) => `${paint(90, `${visible(key)}=`)}${show(value)}`);
  const head = [
    paint(90, new Date(Number(time)).toISOString().slice(11, 23)),
    paint(COLOURS[Number(level)] ?? 0, NAMES[Number(level)] ?? String(level)),
    visible(String(name)),
    visible(String(msg ?? '')),
    ...shown,
  ].join(' ');
  return `${head}${err === undefined ? '' : errorLines(err as Record<string, unknown>, '  ')}\n`;
}

function errorLines(error: Record<string, unknown>, indent: string): string {
  const { code, message, meta, stack, cause } = error;
  const metaText = meta && Object.keys(meta).length > 0 ? ` ${JSON.stringify(meta)}` : '';
  const title = [code, message].filter((part) => part !== undefined).map((part) => visible(String(part)));
  const frames = String(stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line));
  const lines = [`${title.join(': ')}${metaText}`, ...frames.map((line) => `  ${visible(line.trim())}`)];
  const below =
    typeof cause === 'object' && cause !== null ? errorLines(cause as Record<string, unknown>, `${indent}  `) : '';
  return lines.map((line) => `\n${indent}${line}`).join('') + below;
}

function show(value: unknown): string {
  if (typeof value === 'string' && /^[\w.:/@+[\]-]+$/.test(value)) return value;
  return JSON.stringify(value);
}

/** What a peer or a device wrote must not move the cursor of an operator's terminal. */
function visible(text: string): string {
  return text.replace(/\p{Cc}/gu, (control) => `\\x${control.codePointAt(0)!.toString(16).padStart(2, '0')}`);
}
