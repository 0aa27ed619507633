import type { Command } from 'commander';
import { AGGREGATOR_PROFILE } from '../aggregator-command/aggregator-settings.ts';
import { processIo, toExitCode } from './command-io.ts';
import { createProgress } from './progress.ts';
import { addProfileOptions, profileSettingsOf, type SettingOptions } from './setting-options.ts';
import { stopSignal } from './stop-signal.ts';

const HELP = `
The aggregator trusts no node: it verifies and executes every certified block, archives it, anchors the log and serves
attestations. It holds no secret but the key that pays chain fees. Flags go before CAIRN_ variables, those before the file.
With --json stdout carries one object a line: {event: "ready", url, rpcUrl, networkId, ...}, "stopped". Logs go to stderr.

Examples:
  cairn aggregator --genesis genesis.json --sources http://127.0.0.1:8080,http://127.0.0.1:8081
  cairn aggregator --network-id HEX --sources http://127.0.0.1:8080 --rpc-url https://api.devnet.solana.com`;

/** Adds `cairn aggregator` to the program. */
export function aggregatorCommand(program: Command): void {
  const command = program
    .command('aggregator')
    .description('follow a network, keep its archive, anchor its log and serve attestations')
    .addHelpText('after', HELP);
  addProfileOptions(command, AGGREGATOR_PROFILE).action(async (options: SettingOptions) => {
    const isJson = options.json === true;
    process.exitCode = await toExitCode(processIo, isJson, async () => {
      const { settings } = profileSettingsOf(command, AGGREGATOR_PROFILE);
      // loaded when it is needed: other commands start without a server and a chain client
      const { runAggregator } = await import('../aggregator-command/run-aggregator.ts');
      return runAggregator(settings, { progress: createProgress(processIo, isJson), signal: stopSignal() });
    });
    // A library may keep a timer or a socket for a while after all is closed.
    process.exit();
  });
}
