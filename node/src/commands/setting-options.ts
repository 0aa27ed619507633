import type { Command } from 'commander';
import { type LoadedSettings, loadSettings, MEMBER_PROFILE, type SettingsProfile } from '../config/load-settings.ts';
import type { SettingTable } from '../config/setting-kinds.ts';
import type { SETTINGS, SettingName } from '../config/settings.ts';

/** Options that every command which reads settings has. */
export interface SettingOptions {
  readonly json?: boolean;
  readonly config?: string;
}

/** Adds `--config`, `--json` and the flag of each of these settings of a member. */
export function addSettingOptions(command: Command, names?: readonly SettingName[]): Command {
  return addProfileOptions(command, MEMBER_PROFILE, names);
}

/** The settings of a member. @throws CONFIG_* */
export function settingsOf(command: Command): LoadedSettings<typeof SETTINGS> {
  return profileSettingsOf(command, MEMBER_PROFILE);
}

/** Adds `--config`, `--json` and the flag of each setting of the profile, or of those named. */
export function addProfileOptions<Table extends SettingTable>(
  command: Command,
  { table, fileName }: SettingsProfile<Table>,
  names: readonly (keyof Table & string)[] = Object.keys(table),
): Command {
  command.option('--config <file>', `configuration file; default ${fileName} in the data directory`);
  for (const name of names) {
    const { flag, help, env } = table[name] as Table[string];
    if (flag !== undefined) command.option(flag, env === undefined ? help : `${help} (CAIRN_${env})`);
  }
  return command.option('--json', 'one JSON object on each line of stdout');
}

/** @throws CONFIG_* */
export function profileSettingsOf<Table extends SettingTable>(
  command: Command,
  profile: SettingsProfile<Table>,
): LoadedSettings<Table> {
  const given = command.opts<Record<string, string | undefined>>();
  const flags: Record<string, string | undefined> = {};
  for (const [name, { flag }] of Object.entries(profile.table)) {
    const option = flag === undefined ? undefined : command.options.find(({ flags: own }) => own === flag);
    if (option !== undefined) flags[name] = given[option.attributeName()];
  }
  return loadSettings(profile, { flags, environment: process.env, configFile: given.config });
}
