import { CairnError, type ErrorMeta } from '@cairn/primitives';
import type { CommandErrorCode } from '../errors.ts';
import { remedyOf } from './remedies.ts';

/** Where a command speaks; tests give their own. */
export interface CommandIo {
  /** One line of the result, to stdout. */
  out(line: string): void;
  /** One line for people, to stderr. */
  say(line: string): void;
  /** The last line of stderr, overwritten; does nothing where there is no terminal. */
  status(line: string): void;
  readonly isTerminal: boolean;
}

/** The process's own streams. */
export const processIo: CommandIo = {
  out: (line) => process.stdout.write(`${line}\n`),
  say: (line) => process.stderr.write(process.stderr.isTTY ? `\r\u001b[K${line}\n` : `${line}\n`),
  status: (line) =>
    process.stderr.isTTY && process.stderr.write(`\r\u001b[K${line.slice(0, process.stderr.columns - 1)}`),
  isTerminal: process.stderr.isTTY === true,
};

/**
 * What a command ends with. `usage`: the command line or the configuration must be corrected; `refused`: the command
 * worked and the answer is no; `files`: keys or data on disk; `ceremony`: key generation was aborted.
 */
export const EXIT = { done: 0, failed: 1, usage: 2, refused: 3, files: 4, ceremony: 5 } as const;

/** @returns an error of the command line, to be thrown. */
export function commandError(
  code: CommandErrorCode,
  message: string,
  meta: ErrorMeta = {},
  cause?: unknown,
): CairnError {
  return new CairnError<CommandErrorCode>(code, message, meta, { cause });
}

/**
 * Runs a command to its exit code. A coded error is said in one line, as JSON when asked; any other is a bug and thrown.
 * @returns 2 for what the user can mend on the command line, else 1.
 */
export async function toExitCode(io: CommandIo, isJson: boolean, run: () => Promise<number>): Promise<number> {
  try {
    return await run();
  } catch (thrown) {
    const error = isSystemError(thrown) ? filesError(thrown) : thrown;
    if (!(error instanceof CairnError)) throw error;
    await sayError(io, isJson, error);
    return exitCodeOf(error);
  }
}

interface SystemError extends Error {
  readonly code: string;
  readonly syscall: string;
  readonly path?: string;
}

/** Of the operating system: a directory that cannot be made, a disk that is full. */
function isSystemError(thrown: unknown): thrown is SystemError {
  return thrown instanceof Error && 'syscall' in thrown && typeof (thrown as { code?: unknown }).code === 'string';
}

function filesError({ code, syscall, path }: SystemError): CairnError {
  const where = path === undefined ? '' : ` ${path}`;
  return commandError('COMMAND_FILES_INVALID', `${syscall}${where} failed: ${code}`, { system: code });
}

/** One line with the code, one with the remedy; or one JSON object on stdout. */
export async function sayError(io: CommandIo, isJson: boolean, error: CairnError): Promise<void> {
  const { code, message, meta } = error;
  const remedy = await remedyOf(code);
  if (isJson) return io.out(JSON.stringify({ error: { ...meta, code, message, remedy } }));
  io.say(`cairn: ${message} (${code})${remedy === null ? '' : `\n  remedy: ${remedy}`}`);
}

const EXIT_OF_PREFIX: readonly (readonly [RegExp, number])[] = [
  [/^COMMAND_FILES_/, EXIT.files],
  [/^(?:COMMAND|CONFIG|PROTOCOL)_/, EXIT.usage],
  [/^(?:DEVICE_OPTIONS|DEVNET_OPTION)_INVALID$/, EXIT.usage],
  [/^DEVNET_DATA_/, EXIT.files],
  [/^(?:STORAGE_|NODE_IDENTITY_|NODE_SHARE_|NODE_STATE_|CRYPTO_SEAL_)/, EXIT.files],
  [/^(?:DEVNET_)?CEREMONY_/, EXIT.ceremony],
];

function exitCodeOf({ code }: CairnError): number {
  return EXIT_OF_PREFIX.find(([pattern]) => pattern.test(code))?.[1] ?? EXIT.failed;
}
