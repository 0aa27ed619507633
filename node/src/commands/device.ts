import { type Command, Option } from 'commander';
import type { RunDeviceOptions } from '../device-command/device-options.ts';
import { HOST_CHANNELS, hostFeeds } from '../device-command/host-source.ts';
import { processIo, toExitCode } from './command-io.ts';

const HELP = `
Each station of a source has its own key, sequence and queue under --data; they survive a restart, and readings that no
gateway has taken go out after it. A device registers itself on an open feed, or by a registrar's key.

Channels that the host source knows: ${Object.keys(HOST_CHANNELS).join(', ')}.

Examples:
  cairn device --source host --gateway http://127.0.0.1:8081,http://127.0.0.1:8082 --feed machine
  cairn device --source replay data.csv.gz --gateway http://127.0.0.1:8081 --feed air --speed 600 \\
    --timestamp-column timestamp --device-column sensor --values pm25_a,pm25_b
  cairn device --source simulate --devices 20 --spoofers 2 --gateway http://127.0.0.1:8081 --feed air

Exit status: 0 all taken or stopped by a signal, 1 failed or some unsent, 2 the command line cannot be followed,
3 the network refused some.`;

/** Adds \`cairn device\` to the program. */
export function deviceCommand(program: Command): void {
  program
    .command('device')
    .description('sign readings and send them: of this machine, from a file, or simulated')
    .argument('[file]', 'CSV, also .gz, for --source replay')
    .addOption(
      new Option('--source <source>', 'where readings come from')
        .choices(['host', 'replay', 'simulate'])
        .default('host'),
    )
    .option('--gateway <urls>', 'nodes, tried in turn', 'http://127.0.0.1:8080')
    .option('--feed <id>', 'feed to report to', 'machine')
    .option('--data <dir>', 'keys, sequences and queues', '.cairn-device')
    .option('--key <file>', 'key file of a single station; made when absent')
    .option('--network-id <hex>', 'refuse gateways of another network')
    .option('--registrar <file>', 'key file of a registrar of the feed')
    .option('--no-register', 'the devices are registered already')
    .option('--owner <address>', 'Solana address that earns the rewards; the device itself by default')
    .option('--cell <h3>', 'H3 index of the station, in hex')
    .option('--interval <seconds>', 'between readings of host and simulate', '1')
    .option('--count <readings>', 'stop after so many')
    .addOption(
      new Option('--settle <when>', 'believe an acknowledgement, or only a verified attestation (needs --network-id)')
        .choices(['acknowledged', 'certified'])
        .default('acknowledged'),
    )
    .option('--drain <seconds>', 'wait so long for unsent reports at the end', '30')
    .option('--speed <factor>', 'replay: seconds of data in one second', '1')
    .option('--loop', 'replay: begin again at the end')
    .option('--timestamp-column <name>', 'replay: unix seconds, milliseconds or ISO 8601', 'timestamp')
    .option('--device-column <name>', 'replay: names the station; one station without it')
    .option('--values <columns>', 'replay: a,b in the order of the channels, or channel=column,...; by name without it')
    .option('--devices <count>', 'simulate: how many', '5')
    .option('--spoofers <count>', 'simulate: how many of them lie', '0')
    .option('--seed <number>', 'simulate: equal seeds give equal values', '1')
    .option('--print-feeds', 'print feeds that this machine can fill, for a genesis document, and stop')
    .option('--json', 'events as JSON lines on stdout')
    .addHelpText('after', HELP)
    .action(async (file: string | undefined, options: RunDeviceOptions & { readonly printFeeds?: boolean }) => {
      if (options.printFeeds) return processIo.out(JSON.stringify(hostFeeds(), null, 2));
      const stop = new AbortController();
      const abort = () => stop.abort();
      for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, abort);
      const run = async () => {
        const { runDevice } = await import('../device-command/run-device.ts');
        return runDevice(file, options, { io: processIo, signal: stop.signal });
      };
      process.exitCode = await toExitCode(processIo, options.json === true, run);
      for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, abort);
    });
}
