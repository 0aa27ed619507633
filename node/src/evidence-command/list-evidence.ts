import { fromUtf8 } from '@cairn/primitives';
import { EVIDENCE_JSON_LENGTH_MAX } from '@cairn/protocol';
import { type CommandIo, commandError, EXIT } from '../commands/command-io.ts';
import { readInput } from '../commands/read-input.ts';

/** Parsed options of `cairn evidence list`. */
export interface ListEvidenceOptions {
  readonly limit: string;
  readonly json?: boolean;
}

interface Entry {
  readonly id: string;
  readonly member: number;
  readonly kind: string;
  readonly height: number;
}

const PAGE = 50;

/** Lists what the server says the chain accepted. Nothing of it is judged here. @throws COMMAND_* */
export async function listEvidence(url: string, options: ListEvidenceOptions, io: CommandIo): Promise<number> {
  const limit = Number(options.limit);
  if (!(Number.isSafeInteger(limit) && limit > 0)) {
    throw commandError('COMMAND_OPTION_INVALID', '--limit is a number above 0');
  }
  const entries = await readEntries(url, limit);
  if (options.json === true) {
    io.out(JSON.stringify({ evidence: entries.map(({ id, member, kind, height }) => ({ id, member, kind, height })) }));
    return EXIT.done;
  }
  if (entries.length === 0) io.out('no evidence: nobody was convicted of anything');
  for (const { id, member, kind, height } of entries) {
    io.out(`height ${height}  member ${member}  ${kind.padEnd(15)}  ${id}`);
  }
  return EXIT.done;
}

async function readEntries(url: string, limit: number): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  while (entries.length < limit) {
    const last = entries.at(-1);
    const before = last === undefined ? '' : `&before=${last.id}`;
    const count = Math.min(PAGE, limit - entries.length);
    const page = await readPage(new URL(`/v1/evidence?limit=${count}${before}`, url).href);
    entries.push(...page);
    if (page.length < count) break;
  }
  return entries;
}

async function readPage(url: string): Promise<readonly Entry[]> {
  const bytes = await readInput(url, PAGE * EVIDENCE_JSON_LENGTH_MAX);
  try {
    const { data } = JSON.parse(fromUtf8(bytes)) as { readonly data: readonly Entry[] };
    if (data.every(({ id, member, kind, height }) => isEntry([id, kind], [member, height]))) return data;
  } catch (cause) {
    throw commandError('COMMAND_INPUT_MALFORMED', `${url} does not answer with a list of evidence`, {}, cause);
  }
  throw commandError('COMMAND_INPUT_MALFORMED', `${url} lists what is no evidence`);
}

/** What is printed must not carry anything for a terminal. */
function isEntry(words: readonly unknown[], numbers: readonly unknown[]): boolean {
  return (
    words.every((word) => typeof word === 'string' && /^[0-9a-z-]{1,64}$/.test(word)) &&
    numbers.every(Number.isSafeInteger)
  );
}
