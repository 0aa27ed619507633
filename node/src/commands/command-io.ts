import { CairnError, type ErrorMeta } from '@cairn/primitives';
import type { CommandErrorCode } from '../errors.ts';

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

/** What a command ends with. */
export const EXIT = { done: 0, failed: 1, usage: 2, refused: 3 } as const;

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
  } catch (error) {
    if (!(error instanceof CairnError)) throw error;
    if (isJson) io.out(JSON.stringify({ error: { code: error.code, message: error.message, ...error.meta } }));
    else io.say(`cairn: ${error.message} (${error.code})`);
    return error.code.startsWith('COMMAND_') || error.code === 'DEVICE_OPTIONS_INVALID' ? EXIT.usage : EXIT.failed;
  }
}
