import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CairnError, hasCode } from '@cairn/primitives';
import { parse } from 'yaml';
import type { SettingsOf, SettingTable } from './setting-kinds.ts';
import { SETTINGS } from './settings.ts';

/** Of the file; another number is refused, so that a setting never changes its meaning unnoticed. */
export const CONFIG_SCHEMA_VERSION = 1;
const FILE_BYTES_MAX = 1024 * 1024;

/** Where a value came from, for `cairn config print`. */
export type SettingSource = 'flag' | 'environment' | 'file' | 'default';

/** What a program reads its settings by. The table has a setting `data`: the directory where the file may stand. */
export interface SettingsProfile<Table extends SettingTable> {
  readonly table: Table;
  /** Of the configuration file in the data directory. */
  readonly fileName: string;
}

export const MEMBER_PROFILE: SettingsProfile<typeof SETTINGS> = { table: SETTINGS, fileName: 'node.yaml' };

export interface LoadedSettings<Table extends SettingTable> {
  readonly settings: SettingsOf<Table>;
  readonly sources: Readonly<Record<keyof Table, SettingSource>>;
  /** The file that was read, if any. */
  readonly file: string | null;
}

export interface SettingsInput {
  /** Values of flags by setting; undefined where a flag was not given. */
  readonly flags: Readonly<Record<string, string | undefined>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Named explicitly; if absent, the profile's file in the data directory is read where there is one. */
  readonly configFile?: string | undefined;
}

/** Flags before environment before file before default. @throws CONFIG_* */
export function loadSettings<Table extends SettingTable>(
  { table, fileName }: SettingsProfile<Table>,
  { flags, environment, configFile }: SettingsInput,
): LoadedSettings<Table> {
  const named = configFile ?? environment.CAIRN_CONFIG;
  // A file that is named stands in the data directory, unless something says where that is.
  const implied = named === undefined ? String(table.data?.default ?? '.') : dirname(named);
  const dataDir = flags.data ?? environment.CAIRN_DATA ?? implied;
  const file = named ?? join(dataDir, fileName);
  const fromFile = readConfigFile(file, { table, isOptional: named === undefined });
  const values: Record<string, unknown> = {};
  const sources: Record<string, SettingSource> = {};
  for (const [name, setting] of Object.entries(table)) {
    const given: readonly (readonly [SettingSource, unknown])[] = [
      ['flag', flags[name]],
      ['environment', setting.env === undefined ? undefined : environment[`CAIRN_${setting.env}`]],
      ['file', fromFile?.[name]],
    ];
    const [source, value] = given.find(([, candidate]) => candidate !== undefined) ?? ['default', undefined];
    sources[name] = source;
    const fallback = name === 'data' ? implied : setting.default;
    values[name] = source === 'default' ? fallback : readValue(table, { name, value, source });
  }
  return {
    settings: values as SettingsOf<Table>,
    sources: sources as Record<keyof Table, SettingSource>,
    file: fromFile === null ? null : file,
  };
}

function readValue(
  table: SettingTable,
  { name, value, source }: { readonly name: string; readonly value: unknown; readonly source: SettingSource },
): unknown {
  const kind = table[name]?.kind;
  const read = kind?.read(value);
  if (read !== undefined) return read;
  throw new CairnError('CONFIG_VALUE_INVALID', `${name} (${source}) takes ${kind?.takes}`, { setting: name, source });
}

/** @returns values by dotted name, still to be read; null when an optional file is not there. */
function readConfigFile(
  file: string,
  { table, isOptional }: { readonly table: SettingTable; readonly isOptional: boolean },
): Record<string, unknown> | null {
  const text = readText(file, isOptional);
  if (text === null) return null;
  let document: unknown;
  try {
    document = parse(text, { maxAliasCount: 0, uniqueKeys: true });
  } catch (cause) {
    const [line = ''] = (cause as Error).message.split('\n');
    throw new CairnError('CONFIG_FILE_MALFORMED', `${file}: ${line}`, { file });
  }
  if (!isObject(document)) throw new CairnError('CONFIG_FILE_MALFORMED', `${file}: no settings in it`, { file });
  const { schemaVersion, $schema: _, ...tree } = document;
  if (schemaVersion !== CONFIG_SCHEMA_VERSION) {
    const message = `${file}: schemaVersion must be ${CONFIG_SCHEMA_VERSION}`;
    throw new CairnError('CONFIG_VERSION_MISMATCH', message, { file });
  }
  const values: Record<string, unknown> = {};
  for (const [name, value] of flattened(table, tree)) {
    if (!Object.hasOwn(table, name)) {
      throw new CairnError('CONFIG_KEY_UNKNOWN', `${file}: there is no setting ${name.slice(0, 64)}`, { file });
    }
    values[name] = value ?? undefined;
  }
  return values;
}

function readText(file: string, isOptional: boolean): string | null {
  try {
    const text = readFileSync(file, 'utf8');
    if (text.length > FILE_BYTES_MAX) throw new CairnError('CONFIG_FILE_MALFORMED', `${file} is too long`, { file });
    return text;
  } catch (cause) {
    if (hasCode(cause, 'CONFIG_FILE_MALFORMED')) throw cause;
    if (isOptional && (cause as { code?: string }).code === 'ENOENT') return null;
    throw new CairnError('CONFIG_FILE_MISSING', `cannot read ${file}`, { file }, { cause });
  }
}

/** Nested settings by their dotted names; what is itself a setting is not taken apart. */
function* flattened(
  table: SettingTable,
  tree: Readonly<Record<string, unknown>>,
  prefix = '',
): Generator<readonly [string, unknown]> {
  for (const [key, value] of Object.entries(tree)) {
    const name = `${prefix}${key}`;
    if (isObject(value) && !Object.hasOwn(table, name)) yield* flattened(table, value, `${name}.`);
    else yield [name, value];
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
