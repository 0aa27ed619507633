import type { Command } from 'commander';
import {
  AGGREGATOR_SETTINGS,
  type AggregatorSetting,
  type AggregatorSettingName,
} from '../aggregator-command/aggregator-settings.ts';
import { loadAggregatorSettings } from '../aggregator-command/load-aggregator-settings.ts';
import { processIo, toExitCode } from './command-io.ts';

const HELP = `
The aggregator trusts no node: it verifies and executes every certified block, archives it, anchors the log and serves
attestations. It holds no secret but the key that pays chain fees. Flags go before CAIRN_ variables, those before the file.
With --json stdout carries one object a line: {event: "ready", url, rpcUrl, networkId, ...}, "stopped". Logs go to stderr.

Examples:
  cairn aggregator --genesis genesis.json --sources http://127.0.0.1:8080,http://127.0.0.1:8081
  cairn aggregator --network-id HEX --sources http://127.0.0.1:8080 --rpc-url https://api.devnet.solana.com`;

/** Adds \`cairn aggregator\` to the program. */
export function aggregatorCommand(program: Command): void {
  const command = program
    .command('aggregator')
    .description('follow a network, keep its archive, anchor its log and serve attestations')
    .option('--config <file>', 'configuration file; default aggregator.yaml in the data directory');
  const options = new Map<AggregatorSettingName, string>();
  for (const name of Object.keys(AGGREGATOR_SETTINGS) as AggregatorSettingName[]) {
    const { flag, help, env }: AggregatorSetting = AGGREGATOR_SETTINGS[name];
    const option = command.createOption(flag, `${help} (CAIRN_${env})`);
    options.set(name, option.attributeName());
    command.addOption(option);
  }
  command
    .option('--json', 'one JSON object on each line of stdout')
    .addHelpText('after', HELP)
    .action(async (given: Readonly<Record<string, string | undefined>> & { readonly json?: boolean }) => {
      const isJson = given.json === true;
      process.exitCode = await toExitCode(processIo, isJson, async () => {
        const flags = Object.fromEntries([...options].map(([name, attribute]) => [name, given[attribute]]));
        const settings = loadAggregatorSettings({ flags, environment: process.env, configFile: given.config });
        // loaded when it is needed: other commands start without a server and a chain client
        const { runAggregator } = await import('../aggregator-command/run-aggregator.ts');
        return runAggregator({ settings, json: isJson, signal: stopSignal() }, processIo);
      });
      // A library may keep a timer or a socket for a while after all is closed.
      process.exit();
    });
}

/** The first SIGINT or SIGTERM aborts the signal; a second one ends the process at once. */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(130);
      controller.abort();
    });
  }
  return controller.signal;
}
