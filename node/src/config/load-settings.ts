import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CairnError, hasCode } from '@cairn/primitives';
import { parse } from 'yaml';
import { SETTING_NAMES, SETTINGS, type Setting, type SettingName, type Settings } from './settings.ts';

/** Of the file; another number is refused, so that a setting never changes its meaning unnoticed. */
export const CONFIG_SCHEMA_VERSION = 1;
export const CONFIG_FILE_NAME = 'node.yaml';
const FILE_BYTES_MAX = 1024 * 1024;

/** Where a value came from, for `cairn config print`. */
export type SettingSource = 'flag' | 'environment' | 'file' | 'default';

export interface LoadedSettings {
  readonly settings: Settings;
  readonly sources: Readonly<Record<SettingName, SettingSource>>;
  /** The file that was read, if any. */
  readonly file: string | null;
}

export interface SettingsInput {
  /** Values of flags by setting; undefined where a flag was not given. */
  readonly flags: Readonly<Partial<Record<SettingName, string | undefined>>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Named explicitly; if absent, node.yaml of the data directory is read where there is one. */
  readonly configFile?: string | undefined;
}

/** Flags before environment before file before default. @throws CONFIG_* */
export function loadSettings({ flags, environment, configFile }: SettingsInput): LoadedSettings {
  const named = configFile ?? environment.CAIRN_CONFIG;
  const dataDir = flags.data ?? environment.CAIRN_DATA ?? SETTINGS.data.default;
  const file = named ?? join(dataDir, CONFIG_FILE_NAME);
  const fromFile = readConfigFile(file, { isOptional: named === undefined });
  const values: Record<string, unknown> = {};
  const sources: Partial<Record<SettingName, SettingSource>> = {};
  for (const name of SETTING_NAMES) {
    const { env } = SETTINGS[name] as Setting<unknown>;
    const given: readonly (readonly [SettingSource, unknown])[] = [
      ['flag', flags[name]],
      ['environment', env === undefined ? undefined : environment[`CAIRN_${env}`]],
      ['file', fromFile?.[name]],
    ];
    const [source, value] = given.find(([, candidate]) => candidate !== undefined) ?? ['default', undefined];
    sources[name] = source;
    values[name] = source === 'default' ? SETTINGS[name].default : readValue(name, value, source);
  }
  return {
    settings: values as Settings,
    sources: sources as Record<SettingName, SettingSource>,
    file: fromFile === null ? null : file,
  };
}

function readValue(name: SettingName, value: unknown, source: SettingSource): unknown {
  const { kind } = SETTINGS[name] as Setting<unknown>;
  const read = kind.read(value);
  if (read !== undefined) return read;
  throw new CairnError('CONFIG_VALUE_INVALID', `${name} (${source}) takes ${kind.takes}`, { setting: name, source });
}

/** @returns values by dotted name, still to be read; null when an optional file is not there. */
function readConfigFile(
  file: string,
  { isOptional }: { readonly isOptional: boolean },
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
  for (const [name, value] of flattened(tree)) {
    if (!Object.hasOwn(SETTINGS, name)) {
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
function* flattened(tree: Readonly<Record<string, unknown>>, prefix = ''): Generator<readonly [string, unknown]> {
  for (const [key, value] of Object.entries(tree)) {
    const name = `${prefix}${key}`;
    if (isObject(value) && !Object.hasOwn(SETTINGS, name)) yield* flattened(value, `${name}.`);
    else yield [name, value];
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
