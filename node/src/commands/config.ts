import type { Command } from 'commander';
import { CONFIG_SCHEMA_VERSION } from '../config/load-settings.ts';
import { EXIT, processIo, toExitCode } from './command-io.ts';
import { addSettingOptions, type SettingOptions, settingsOf } from './setting-options.ts';

/** Adds `cairn config print`. Settings name files of secrets, never secrets: nothing has to be masked. */
export function configCommand(program: Command): void {
  const config = program.command('config').description('the settings of a member');
  const print = config
    .command('print')
    .description('every setting, its value and where it comes from')
    .option('--effective', 'what applies now; the default');
  addSettingOptions(print).action(async (options: SettingOptions) => {
    process.exitCode = await toExitCode(processIo, options.json === true, async () => {
      const { settings, sources, file } = settingsOf(print);
      if (options.json === true) {
        processIo.out(JSON.stringify({ schemaVersion: CONFIG_SCHEMA_VERSION, file, settings, sources }));
        return EXIT.done;
      }
      processIo.out(`# file: ${file ?? 'none'}`);
      for (const [name, value] of Object.entries(settings)) {
        const source = sources[name as keyof typeof sources];
        processIo.out(`${`${name}:`.padEnd(28)}${JSON.stringify(value).padEnd(36)} # ${source}`);
      }
      return EXIT.done;
    });
  });
}
