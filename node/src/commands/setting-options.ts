import type { Command } from 'commander';
import { type LoadedSettings, loadSettings } from '../config/load-settings.ts';
import { SETTING_NAMES, SETTINGS, type Setting, type SettingName } from '../config/settings.ts';

/** Options that every command which reads settings has. */
export interface SettingOptions {
  readonly json?: boolean;
  readonly config?: string;
}

/** Adds `--config`, `--json` and the flag of each of these settings. */
export function addSettingOptions(command: Command, names: readonly SettingName[] = SETTING_NAMES): Command {
  command.option('--config <file>', 'configuration file; default node.yaml in the data directory');
  for (const name of names) {
    const { flag, help, env } = SETTINGS[name] as Setting<unknown>;
    if (flag !== undefined) command.option(flag, env === undefined ? help : `${help} (CAIRN_${env})`);
  }
  return command.option('--json', 'one JSON object on each line of stdout');
}

/** @throws CONFIG_* */
export function settingsOf(command: Command): LoadedSettings {
  const given = command.opts<Record<string, string | undefined>>();
  const flags: Partial<Record<SettingName, string | undefined>> = {};
  for (const name of SETTING_NAMES) {
    const { flag } = SETTINGS[name] as Setting<unknown>;
    const option = flag === undefined ? undefined : command.options.find(({ flags: own }) => own === flag);
    if (option !== undefined) flags[name] = given[option.attributeName()];
  }
  return loadSettings({ flags, environment: process.env, configFile: given.config });
}
