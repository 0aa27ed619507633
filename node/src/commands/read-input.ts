import { open } from 'node:fs/promises';
import { concatBytes } from '@cairn/primitives';
import { commandError } from './command-io.ts';

const FETCH_TIMEOUT_MS = 15_000;

/** @returns whether `source` is an http(s) address rather than a path. */
export function isUrl(source: string): boolean {
  return /^https?:\/\//.test(source);
}

/**
 * Reads a file, `-` for stdin, or an http(s) address, and never more than `bytesMax`.
 * @throws COMMAND_INPUT_MISSING, COMMAND_INPUT_EXCEEDED
 */
export async function readInput(source: string, bytesMax: number, accept = 'application/json'): Promise<Uint8Array> {
  return isUrl(source) ? readUrl(source, bytesMax, accept) : readPath(source, bytesMax);
}

async function readUrl(url: string, bytesMax: number, accept: string): Promise<Uint8Array> {
  let response: Response;
  try {
    response = await fetch(url, { headers: { accept }, signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) });
  } catch (cause) {
    throw commandError('COMMAND_INPUT_MISSING', `cannot reach ${url}`, {}, cause);
  }
  if (!response.ok) {
    await response.body?.cancel();
    throw commandError('COMMAND_INPUT_MISSING', `${url} answered ${response.status}`, { status: response.status });
  }
  return bounded(response.body ?? [], bytesMax, url);
}

async function readPath(path: string, bytesMax: number): Promise<Uint8Array> {
  if (path === '-') return bounded(process.stdin, bytesMax, 'stdin');
  try {
    await using file = await open(path, 'r');
    return await bounded(file.createReadStream({ autoClose: false }), bytesMax, path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).syscall === undefined) throw cause;
    throw commandError('COMMAND_INPUT_MISSING', `cannot read ${path}`, {}, cause);
  }
}

async function bounded(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  bytesMax: number,
  name: string,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length > bytesMax) throw commandError('COMMAND_INPUT_EXCEEDED', `${name} is over ${bytesMax} bytes`);
    parts.push(chunk);
  }
  return concatBytes(...parts);
}
