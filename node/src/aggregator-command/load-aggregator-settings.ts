import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { commandError } from '../commands/command-io.ts';
import {
  AGGREGATOR_SETTINGS,
  type AggregatorSetting,
  type AggregatorSettingName,
  type AggregatorSettings,
} from './aggregator-settings.ts';

const SCHEMA_VERSION = 1;
const FILE_NAME = 'aggregator.yaml';
const FILE_BYTES_MAX = 1024 * 1024;
const NAMES = Object.keys(AGGREGATOR_SETTINGS) as readonly AggregatorSettingName[];

export interface AggregatorSettingsInput {
  /** By setting; undefined where a flag was not given. */
  readonly flags: Readonly<Partial<Record<AggregatorSettingName, string | undefined>>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Named explicitly; if absent, aggregator.yaml of the data directory is read where there is one. */
  readonly configFile?: string | undefined;
}

/** Flags before environment before file before default. @throws COMMAND_OPTION_INVALID, COMMAND_INPUT_* */
export function loadAggregatorSettings({
  flags,
  environment,
  configFile,
}: AggregatorSettingsInput): AggregatorSettings {
  const named = configFile ?? environment.CAIRN_CONFIG;
  const dataDir = flags.data ?? environment.CAIRN_DATA ?? AGGREGATOR_SETTINGS.data.default;
  const file = readFile(named ?? join(dataDir, FILE_NAME), named === undefined);
  const values = NAMES.map((name) => {
    const setting: AggregatorSetting = AGGREGATOR_SETTINGS[name];
    const value = flags[name] ?? environment[`CAIRN_${setting.env}`] ?? file.get(name) ?? setting.default;
    if (value !== null && !setting.pattern.test(value)) {
      throw commandError('COMMAND_OPTION_INVALID', `${name} takes ${setting.takes}`);
    }
    return [name, value];
  });
  return Object.fromEntries(values) as AggregatorSettings;
}

function readFile(path: string, isOptional: boolean): ReadonlyMap<string, string> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    if (isOptional && (cause as { code?: string }).code === 'ENOENT') return new Map();
    throw commandError('COMMAND_INPUT_MISSING', `cannot read ${path}`, {}, cause);
  }
  if (text.length > FILE_BYTES_MAX)
    throw commandError('COMMAND_INPUT_EXCEEDED', `${path} is over ${FILE_BYTES_MAX} bytes`);
  const malformed = (why: string) => commandError('COMMAND_INPUT_MALFORMED', `${path}: ${why}`);
  let document: unknown;
  try {
    document = parse(text, { maxAliasCount: 0, uniqueKeys: true });
  } catch (cause) {
    throw malformed((cause as Error).message.split('\n', 1)[0] ?? 'not YAML');
  }
  if (!isObject(document)) throw malformed('no settings in it');
  const { schemaVersion, $schema: _, ...tree } = document;
  if (schemaVersion !== SCHEMA_VERSION) throw malformed(`schemaVersion must be ${SCHEMA_VERSION}`);
  const values = new Map<string, string>();
  for (const [name, value] of flattened(tree, '')) {
    if (!Object.hasOwn(AGGREGATOR_SETTINGS, name)) throw malformed(`there is no setting ${name.slice(0, 64)}`);
    if (value !== null) values.set(name, Array.isArray(value) ? value.join(',') : String(value));
  }
  return values;
}

/** Nested settings by their dotted names. */
function* flattened(tree: Readonly<Record<string, unknown>>, prefix: string): Generator<readonly [string, unknown]> {
  for (const [key, value] of Object.entries(tree)) {
    if (isObject(value)) yield* flattened(value, `${prefix}${key}.`);
    else yield [`${prefix}${key}`, value];
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
