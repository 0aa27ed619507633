import type { Command } from 'commander';
import { type DevnetFlags, defaultDevnetOptions, readDevnetOptions } from '../devnet/options.ts';
import { runDevnet } from '../devnet/run-devnet.ts';
import { EXIT, processIo, toExitCode } from './command-io.ts';

const HELP = `
Every member is a process of its own with its own data directory; they generate the group key together at the first start.
A second start goes on from the last height. The embedded Solana chain is new at each start, so the log is anchored anew.

Examples:
  cairn devnet
  cairn devnet --replay air-quality.csv.gz
  cairn devnet --until anchored --data /tmp/devnet --port-base 0

Exit status: 0 ended by Ctrl-C, or reached what --until asks for; 1 not reached, or a process did not stay up;
2 the command line cannot be followed.`;

/** Adds \`cairn devnet\` to the program. */
export function devnetCommand(program: Command): void {
  const { nodes, dataDir, timeoutMs, devices, portBase, anchorInterval } = defaultDevnetOptions;
  program
    .command('devnet')
    .description('run a whole network on this machine: members, aggregator, local chain, devices; with a live view')
    .option('--nodes <n>', 'members of the committee', String(nodes))
    .option('--data <dir>', 'where everything is kept', dataDir)
    .option('--clean', 'throw away what an earlier start left there')
    .option('--until <what>', 'anchored: end by itself when a device report is anchored and verified')
    .option('--timeout <duration>', 'for --until, e.g. 90s or 5m; a bare number is seconds', `${timeoutMs / 1000}s`)
    .option('--replay <file>', 'CSV (or .gz) of air quality to play again: timestamp, sensor, pm25_a ...')
    .option('--devices <n>', 'devices that report this machine', String(devices))
    .option('--port-base <port>', 'first of the ports; 0 takes any free ones', String(portBase))
    .option('--anchor-interval <duration>', 'time between two anchors', anchorInterval)
    .option('--json', 'progress as JSON lines on stderr')
    .addHelpText('after', HELP)
    .action(async (flags: DevnetFlags) => {
      process.exitCode = await toExitCode(processIo, flags.json === true, async () => {
        const summary = await runDevnet(readDevnetOptions(flags));
        if (summary !== null) processIo.out(JSON.stringify(summary));
        return EXIT.done;
      });
      // a socket that was just closed may stay for a while
      process.exit();
    });
}
