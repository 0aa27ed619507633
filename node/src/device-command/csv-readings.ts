import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import type { ChannelDefinition } from '@cairn/protocol';
import { commandError } from '../commands/command-io.ts';
import { scaleDecimal } from './scale-value.ts';

/** Rows held in memory, at most. */
const ROWS_MAX = 2_000_000;
const LINE_LENGTH_MAX = 64 * 1024;

/** Which column is what. */
export interface ColumnMapping {
  readonly timestampColumn: string;
  /** Null: the file is of one station. */
  readonly deviceColumn: string | null;
  /** Channel name to column name. */
  readonly values: ReadonlyMap<string, string>;
}

export interface CsvRow {
  readonly station: string;
  /** Unix milliseconds. */
  readonly time: number;
  readonly values: readonly number[];
}

/**
 * Reads a CSV file, gzipped when its name ends in .gz, sorted by time. Rows without a number in a mapped column are left
 * out and counted. Timestamps are unix seconds or milliseconds (told apart by size), or ISO 8601.
 * @throws COMMAND_INPUT_MISSING, COMMAND_INPUT_MALFORMED (a column is not there), COMMAND_INPUT_EXCEEDED
 */
export async function readCsv(
  path: string,
  mapping: ColumnMapping,
  channels: readonly ChannelDefinition[],
): Promise<{ readonly rows: readonly CsvRow[]; readonly skipped: number }> {
  const rows: CsvRow[] = [];
  let skipped = 0;
  let read: ((fields: readonly string[]) => CsvRow | undefined) | undefined;
  for await (const line of linesOf(path)) {
    if (line === '') continue;
    const fields = splitCsvLine(line);
    if (read === undefined) {
      read = rowReader(fields, mapping, channels);
      continue;
    }
    const row = read(fields);
    if (row === undefined) skipped++;
    else if (rows.push(row) > ROWS_MAX) throw commandError('COMMAND_INPUT_EXCEEDED', `over ${ROWS_MAX} rows`);
  }
  if (rows.length === 0) throw commandError('COMMAND_INPUT_MALFORMED', `no readings in ${path}`, { skipped });
  return { rows: rows.sort((a, b) => a.time - b.time), skipped };
}

async function* linesOf(path: string): AsyncGenerator<string> {
  const file = createReadStream(path);
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {});
  const text = path.endsWith('.gz') ? file.pipe(createGunzip()) : file;
  for (const stream of new Set([file, text])) stream.on('error', failed.reject);
  const lines = createInterface({ input: text, crlfDelay: Number.POSITIVE_INFINITY })[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await Promise.race([lines.next(), failed.promise]);
      if (next.done) break;
      if (next.value.length > LINE_LENGTH_MAX) throw commandError('COMMAND_INPUT_MALFORMED', 'a line is too long');
      yield next.value;
    }
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code?.startsWith('COMMAND_')) throw cause;
    if (code?.startsWith('Z_')) throw commandError('COMMAND_INPUT_MALFORMED', `${path} is no gzip`, {}, cause);
    throw commandError('COMMAND_INPUT_MISSING', `cannot read ${path}`, {}, cause);
  } finally {
    file.destroy();
  }
}

/** RFC 4180, on one line: fields may be quoted, quotes inside are doubled. */
export function splitCsvLine(line: string): string[] {
  if (!line.includes('"')) return line.split(',');
  const fields: string[] = [];
  // Each match begins with a comma, so that an empty field moves on too.
  const pattern = /,(?:"((?:[^"]|"")*)"|([^,]*))/gy;
  const text = `,${line}`;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    fields.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
  }
  return fields;
}

function rowReader(header: readonly string[], mapping: ColumnMapping, channels: readonly ChannelDefinition[]) {
  const names = header.map((name, index) => (index === 0 ? name.replace(/^\ufeff/, '') : name).trim());
  const indexOf = (column: string): number => {
    const index = names.indexOf(column);
    if (index >= 0) return index;
    throw commandError('COMMAND_INPUT_MALFORMED', `no column ${column}; there are ${names.join(', ')}`);
  };
  const timeIndex = indexOf(mapping.timestampColumn);
  const stationIndex = mapping.deviceColumn === null ? -1 : indexOf(mapping.deviceColumn);
  const valueIndexes = channels.map(({ name, exponent }) => {
    const column = mapping.values.get(name);
    if (column === undefined) throw commandError('COMMAND_CHANNEL_UNKNOWN', `no column for channel ${name}`);
    return { index: indexOf(column), exponent };
  });
  return (fields: readonly string[]): CsvRow | undefined => {
    const time = timeOf(fields[timeIndex] ?? '');
    const station = stationIndex < 0 ? 'station' : (fields[stationIndex] ?? '').trim();
    const values = valueIndexes.map(({ index, exponent }) => scaleDecimal(fields[index] ?? '', exponent));
    if (time === undefined || station === '' || values.includes(undefined)) return undefined;
    return { station, time, values: values as number[] };
  };
}

/** Seconds until the year 5138 are below 10^11; milliseconds since 1973 above. */
const SECONDS_MAX = 1e11;

function timeOf(text: string): number | undefined {
  const number = Number(text);
  if (text.trim() !== '' && Number.isFinite(number) && number >= 0) {
    return Math.round(number < SECONDS_MAX ? number * 1000 : number);
  }
  const parsed = Date.parse(text);
  return Number.isNaN(parsed) ? undefined : parsed;
}
