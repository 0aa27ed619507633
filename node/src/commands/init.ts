import type { Command } from 'commander';
import type { InitOptions } from '../init-command/init-options.ts';
import { commandError, EXIT, processIo, toExitCode } from './command-io.ts';

const HELP = `
One member: writes identity key (sealed), passphrase file and node.yaml, and prints the entry for the draft genesis.
With --committee N: folders node-0 .. node-(N-1) for as many members with the draft genesis of all, and aggregator.
What is there already stays: keys are never overwritten.

Examples:
  cairn init --data /var/lib/cairn --name node-a --address /dns4/node-a.example/tcp/4001
  cairn init --committee 4 --data ./net
  cairn dkg draft --network-name air --member a.json --member b.json --member c.json --member d.json --out draft.json`;

/** Adds `cairn init`. */
export function initCommand(program: Command): void {
  const command = program
    .command('init')
    .description('make the keys and the configuration of a member, or of a whole committee')
    .option('--data <dir>', 'data directory (CAIRN_DATA)')
    .option('--name <name>', 'name of the member', 'node')
    .option('--address <multiaddr...>', 'where other members reach it; default what it listens on')
    .option('--p2p-listen <multiaddr>', 'where it listens for members')
    .option('--http-listen <host:port>', 'where it listens for devices and followers')
    .option('--passphrase-file <file>', 'file with the passphrase; made when absent (CAIRN_PASSPHRASE_FILE)')
    .option('--committee <number>', 'make the directories of so many members')
    .option('--host <template>', 'host of each member, e.g. node-{index}', '127.0.0.1')
    .option('--non-interactive', 'never ask; it never does')
    .option('--json', 'one JSON object on each line of stdout')
    .addHelpText('after', HELP);
  addDraftOptions(command).action(async (options: InitOptions) => {
    process.exitCode = await toExitCode(processIo, options.json === true, async () => {
      const { initCommittee, initMember } = await import('../init-command/init-member.ts');
      const data = options.data ?? process.env.CAIRN_DATA ?? './cairn-data';
      const networkName = options.networkName ?? process.env.CAIRN_NETWORK_NAME;
      if (options.committee === undefined) initMember({ ...options, data }, processIo);
      else initCommittee({ ...options, data, committee: countOf(options.committee), networkName }, processIo);
      return EXIT.done;
    });
  });
}

/** What a draft says beside its members. */
export function addDraftOptions(command: Command): Command {
  return command
    .option('--network-name <name>', 'name of the network (CAIRN_NETWORK_NAME)')
    .option('--feeds <file>', 'JSON or YAML list of feeds; default what machines say of themselves')
    .option('--block-interval <duration>', 'a leader waits this long after the parent block', '200ms')
    .option('--view-timeout <duration>', 'of view 0; doubles with each view', '2s')
    .option('--epoch-blocks <number>', 'blocks of one epoch', '10000');
}

function countOf(text: string): number {
  const count = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > 128)
    throw commandError('COMMAND_OPTION_INVALID', '--committee takes a number from 1 to 128');
  return count;
}
